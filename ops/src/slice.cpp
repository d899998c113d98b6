#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>

#include "axes.hpp"
#include "copy_parts.hpp"
#include "extents.hpp"

namespace capstan {

namespace {

/// The positions of a slice along one axis, all counted from the front.
struct Positions {
  std::size_t axis;
  std::int64_t start, step;
};

/// Reads the words of a slice, which are the options as the user wrote them; the shape rule has checked them.
Positions positions_of(std::span<const Word> words, const Shape& x) {
  const auto options = from_words<SliceOptions>(words);
  const std::size_t axis = axis_from_front(static_cast<Word>(options.axis), x.rank());
  return {axis, options.start < 0 ? options.start + x[axis] : options.start, options.step};
}

std::int64_t bound(const Signature& s, std::string_view which, std::int64_t position, std::int64_t extent,
                   std::int64_t axis) {
  const std::int64_t result = position < 0 ? position + extent : position;
  if (result >= 0 && result <= extent) return result;
  throw IndexError{s.message(
      fmt::format("{} {} is out of range for axis {}, which has {} positions", which, position, axis, extent), {"x"})};
}

class Slice final : public Op {
 public:
  std::string_view name() const noexcept override { return "slice"; }

  ArrayType infer(const Signature& s) const override {
    const auto options = s.attributes<SliceOptions>();
    const Shape& x = s.shape(0);
    if (const auto fault = axes_fault(s.words().first(1), x.rank())) throw IndexError{s.message(*fault, {"x"})};
    if (options.step < 1)
      throw ValueError{s.message(fmt::format("step must be at least 1, got {}", options.step), {"x"})};
    Strides extents(x.begin(), x.end());
    std::int64_t& extent = extents[axis_from_front(s.words()[0], x.rank())];
    const std::int64_t start = bound(s, "start", options.start, extent, options.axis);
    const std::int64_t stop =
        options.stop == SliceOptions::to_end ? extent : bound(s, "stop", options.stop, extent, options.axis);
    extent = stop > start ? (stop - start - 1) / options.step + 1 : 0;
    return {s.dtype(0), Shape(std::span<const std::int64_t>(extents.data(), extents.size()))};
  }

  bool is_view() const noexcept override { return true; }
  std::optional<Layout> view(const Layout& x, const Shape& result, std::span<const Word> words) const override {
    const auto [axis, start, step] = positions_of(words, x.shape);
    Layout y{x.offset, result, x.strides};
    if (result[axis] > 0) y.offset += start * x.strides[axis];
    if (result[axis] > 1) y.strides[axis] *= step;  // with one position left the step may be of any size
    return y;
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override;
};

/// The gradient of slice: dy in the positions that the slice took, 0 elsewhere. Its words are the axis, the start and
/// the step, all counted from the front, and the extent of the axis that was sliced.
class SliceGradient final : public Op {
 public:
  struct Attributes {
    std::int64_t axis, start, step, extent;
  };

  std::string_view name() const noexcept override { return "slice_gradient"; }

  ArrayType infer(const Signature& s) const override {
    const auto [axis, start, step, extent] = s.attributes<Attributes>();
    Strides extents(s.shape(0).begin(), s.shape(0).end());
    extents[static_cast<std::size_t>(axis)] = extent;
    return {s.dtype(0), Shape(std::span<const std::int64_t>(extents.data(), extents.size()))};
  }

  void forward(const Forward& f) const override {
    if (f.output.shape.elements() == 0) return;
    const auto axis = static_cast<std::size_t>(f.attributes<Attributes>().axis);
    const Shape& dy = f.inputs[0].shape;
    std::int64_t outer = 1, inner = static_cast<std::int64_t>(size_of(f.output.dtype));
    for (std::size_t i = 0; i < axis; ++i) outer *= dy[i];
    for (std::size_t i = axis + 1; i < dy.rank(); ++i) inner *= dy[i];
    const std::int64_t extent = f.output.shape[axis], parts = copy_parts(outer * extent * inner, f.threads);
    parallel_for(parts, f.threads, [&](std::int64_t part, int) {
      const auto [rows, positions] = part_of(outer, extent, part, parts);
      for (std::int64_t o = rows.begin; o < rows.end; ++o) {
        put(f.attributes<Attributes>(), positions, dy[axis], inner,
            static_cast<const std::byte*>(f.inputs[0].data) + o * dy[axis] * inner,
            static_cast<std::byte*>(f.output.data) + o * extent * inner);
      }
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const auto [axis, start, step, extent] = rule.attributes<Attributes>();
    const std::int64_t count = rule.x().shape()[static_cast<std::size_t>(axis)];
    const std::int64_t stop = count == 0 ? start : start + (count - 1) * step + 1;
    dx[0] = slice(rule.dy(), {.axis = axis, .start = start, .stop = stop, .step = step});
  }

 private:
  /// Fills some positions of one row of `count`: with dy at the positions of the slice, with zeros between them.
  static void put(const Attributes& a, Range positions, std::int64_t count, std::int64_t inner, const std::byte* from,
                  std::byte* to) {
    const auto bytes = [inner](std::int64_t n) { return static_cast<std::size_t>(n * inner); };
    std::int64_t i = positions.begin <= a.start ? 0 : (positions.begin - a.start - 1) / a.step + 1;
    std::int64_t at = positions.begin;
    while (i < count && a.start + i * a.step < positions.end) {
      const std::int64_t taken = a.start + i * a.step;
      const std::int64_t run = a.step == 1 ? std::min(count - i, positions.end - taken) : 1;
      std::memset(to + at * inner, 0, bytes(taken - at));
      std::memcpy(to + taken * inner, from + i * inner, bytes(run));
      at = taken + run;
      i += run;
    }
    std::memset(to + at * inner, 0, bytes(positions.end - at));
  }
};

constexpr Slice slice_op;
constexpr SliceGradient slice_gradient_op;

void Slice::gradient(const Rule& rule, std::span<Var> dx) const {
  const Shape x = rule.x().shape();
  const auto [axis, start, step] = positions_of(rule.words(), x);
  const SliceGradient::Attributes attributes{static_cast<std::int64_t>(axis), start, step, x[axis]};
  const Operand dy{rule.dy()};
  dx[0] = record(slice_gradient_op, {&dy}, to_words(attributes), rule.where());
}

}  // namespace

Var slice(const Operand& x, const SliceOptions& options, std::source_location where) {
  return record(slice_op, {&x}, to_words(options), where);
}

}  // namespace capstan
