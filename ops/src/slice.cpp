#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/slice_positions.hpp>
#include <capstan/tensor/threads.hpp>

#include "axes.hpp"
#include "copy_parts.hpp"
#include "extents.hpp"

namespace capstan {

namespace {

/// The words of a slice are its options as the user wrote them, which were found right when it was recorded. The first
/// one is the axis.
std::size_t axis_of(std::span<const Word> words, const Shape& x) { return axis_from_front(words[0], x.rank()); }

/// Reads the words of a slice, which are the options as the user wrote them; the shape rule has checked them.
void check_positions(const Signature& s, const SliceOptions& options, std::int64_t extent) {
  const auto fault = slice_fault(options, extent);
  if (!fault) return;
  if (fault->kind == SliceFault::Kind::step) throw ValueError{s.message(fault->rule, {"x"})};
  throw IndexError{
      s.message(fmt::format("{} for axis {}, which has {} positions", fault->rule, options.axis, extent), {"x"})};
}

class Slice final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "slice"; }

  ArrayType infer(const Signature& s) const override {
    const auto options = s.attributes<SliceOptions>();
    const Shape& x = s.shape(0);
    if (const auto fault = axes_fault(s.words().first(1), x.rank())) throw IndexError{s.message(*fault, {"x"})};
    Strides extents(x.begin(), x.end());
    std::int64_t& extent = extents[axis_of(s.words(), x)];
    check_positions(s, options, extent);
    extent = slice_positions(options, extent).count;
    return {s.dtype(0), Shape(extents)};
  }

  View made(const Types&, std::span<const Word>) const override { return {&sliced}; }

  void gradient(const Rule& rule, std::span<Var> dx) const override;

  void describe(Description& d, std::span<const Word> words) const override {
    const auto options = from_words<SliceOptions>(words);
    d.add("axis", options.axis);
    d.add("start", options.start);
    d.add("stop", options.stop);
    d.add("step", options.step);
  }

 private:
  static std::optional<Layout> sliced(const Layout& x, const Shape& y, std::span<const Word> words) {
    const std::size_t axis = axis_of(words, x.shape);
    const auto [start, count, step] = slice_positions(from_words<SliceOptions>(words), x.shape[axis]);
    Layout lies{x.offset, y, x.strides};
    if (count > 0) lies.offset += start * x.strides[axis];
    if (count > 1) lies.strides[axis] *= step;  // with one position left the step may be of any size
    return lies;
  }
};

/// The gradient of slice: dy in the positions that the slice took, 0 elsewhere. Its words are the axis, the start and
/// the step, all counted from the front, and the extent of the axis that was sliced.
class SliceGradient final : public CallOp {
 public:
  struct Attributes {
    std::int64_t axis, start, step, extent;
  };

  std::string_view name() const noexcept override { return "slice_gradient"; }

  ArrayType infer(const Signature& s) const override {
    const auto [axis, start, step, extent] = s.attributes<Attributes>();
    Strides extents(s.shape(0).begin(), s.shape(0).end());
    extents[static_cast<std::size_t>(axis)] = extent;
    return {s.dtype(0), Shape(extents)};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const auto axis = static_cast<std::size_t>(call.attributes<Attributes>().axis);
    const Shape& dy = call.inputs[0].shape;
    const auto [outer, inner_elements] = around_axis(dy, axis);
    const std::int64_t inner = inner_elements * static_cast<std::int64_t>(size_of(call.output.dtype));
    const std::int64_t extent = call.output.shape[axis], parts = copy_parts(outer * extent * inner, call.threads);
    parallel_for(parts, call.threads, [&](std::int64_t part, int) {
      const auto [rows, positions] = part_of(outer, extent, part, parts);
      for (std::int64_t o = rows.begin; o < rows.end; ++o) {
        put(call.attributes<Attributes>(), positions, dy[axis], inner,
            static_cast<const std::byte*>(call.inputs[0].data) + o * dy[axis] * inner,
            static_cast<std::byte*>(call.output.data) + o * extent * inner);
      }
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const auto [axis, start, step, extent] = rule.attributes<Attributes>();
    const std::int64_t count = rule.x().shape()[static_cast<std::size_t>(axis)];
    const SlicePositions taken{start, count, step};
    dx[0] = slice(rule.dy(), {.axis = axis, .start = start, .stop = taken.stop(), .step = step});
  }

  void describe(Description& d, std::span<const Word> words) const override {
    const auto [axis, start, step, extent] = from_words<Attributes>(words);
    d.add("axis", axis);
    d.add("start", start);
    d.add("step", step);
    d.add("extent", extent);
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
  const std::size_t axis = axis_of(rule.words(), x);
  const SlicePositions taken = slice_positions(from_words<SliceOptions>(rule.words()), x[axis]);
  const SliceGradient::Attributes attributes{static_cast<std::int64_t>(axis), taken.start, taken.step, x[axis]};
  const Operand dy{rule.dy()};
  dx[0] = record(slice_gradient_op, {&dy}, to_words(attributes), rule.where());
}

}  // namespace

Var slice(const Operand& x, const SliceOptions& options, std::source_location where) {
  return record(slice_op, {&x}, to_words(options), where);
}

}  // namespace capstan
