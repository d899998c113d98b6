#include "pad.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "axes.hpp"
#include "copy_parts.hpp"
#include "per_axis.hpp"

namespace capstan {

namespace {

/// Some columns of one row of the result: the elements along its last axis.
template <class T>
void pad_row(const PadBorder& border, const Shape& x, const T* from, Range columns, T value, T* to) {
  const std::size_t last = x.rank() - 1;
  const std::int64_t before = border[last].before, extent = x[last];
  const auto at_border = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = std::max(begin, columns.begin); i < std::min(end, columns.end); ++i) {
      const std::int64_t source = padded_from(border.mode(), i, before, extent);
      to[i] = source < 0 ? value : from[source];
    }
  };
  at_border(0, before);
  const std::int64_t begin = std::max(before, columns.begin), end = std::min(before + extent, columns.end);
  if (begin < end) std::memcpy(to + begin, from + begin - before, static_cast<std::size_t>(end - begin) * sizeof(T));
  at_border(before + extent, INT64_MAX);
}

/// The row of x that stands in a row of the result; null for the constant.
template <class T>
const T* source_row(const PadBorder& border, const Shape& x, const Shape& y, std::int64_t row, const T* first) {
  std::int64_t step = x[-1], offset = 0;
  for (std::size_t i = x.rank() - 1; i-- > 0; row /= y[i], step *= x[i]) {
    const std::int64_t at = padded_from(border.mode(), row % y[i], border[i].before, x[i]);
    if (at < 0) return nullptr;
    offset += at * step;
  }
  return first + offset;
}

class Pad final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "pad"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pad(d, words); }

  ArrayType infer(const Signature& s) const override {
    const Shape& x = s.shape(0);
    const PadBorder border{s.words()};
    Strides extents;
    for (std::size_t i = 0; i < x.rank(); ++i) extents.push_back(padded(s, border, i, x[i]));
    check_value(s, border.value());
    return {s.dtype(0), checked_shape(s, extents)};
  }

  void run(const CallArguments& call) const override {
    const Shape &x = call.inputs[0].shape, &y = call.output.shape;
    if (y.elements() == 0) return;
    visit_dtype(call.output.dtype, [&]<class T>(T) { run_as<T>(call, x, y); });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const PadBorder border{rule.words()};
    if (border.mode() != PadMode::constant) {
      const Operand dy{rule.dy()};
      dx[0] = record(pad_gradient_op(), {&dy}, rule.words(), rule.where());
      return;
    }
    const Shape& x = rule.x().shape();
    dx[0] = rule.dy();
    for (std::size_t i = 0; i < x.rank(); ++i) {
      const auto [before, after] = border[i];
      if (before == 0 && after == 0) continue;
      const auto axis = static_cast<std::int64_t>(i);
      dx[0] = slice(dx[0], {.axis = axis, .start = before, .stop = before + x[i]}, rule.where());
    }
  }

 private:
  /// The extent of a padded axis.
  static std::int64_t padded(const Signature& s, const PadBorder& border, std::size_t axis, std::int64_t extent) {
    const auto [before, after] = border[axis];
    if (before < 0 || after < 0) {
      throw ValueError{s.message(fmt::format("{} must not be negative, got {} for axis {}",
                                             before < 0 ? "before" : "after", before < 0 ? before : after, axis),
                                 {"x"}, "\n  slice takes positions away")};
    }
    const std::int64_t most = std::max(before, after);
    if (border.mode() == PadMode::reflect && most > 0 && most >= extent) {
      throw ShapeError{s.message(
          fmt::format("a reflection must be shorter than axis {}, which has {} positions, got {}", axis, extent, most),
          {"x"})};
    }
    if (border.mode() == PadMode::edge && most > 0 && extent == 0)
      throw ShapeError{s.message(fmt::format("axis {} has no element that its edge could repeat", axis), {"x"})};
    std::int64_t sum = 0;
    if (__builtin_add_overflow(before, after, &sum) || __builtin_add_overflow(sum, extent, &sum)) {
      throw ShapeError{s.message(
          fmt::format("axis {} of {} positions with {} before and {} after would have more than 63 bits count", axis,
                      extent, before, after),
          {"x"})};
    }
    return sum;
  }

  static void check_value(const Signature& s, double value) {
    if (s.dtype(0) != DType::i32) return;
    if (value >= INT32_MIN && value <= INT32_MAX && std::trunc(value) == value) return;
    throw ValueError{s.message(fmt::format("value must be a whole number of 32 bits for i32, got {}", value), {"x"})};
  }

  template <class T>
  static void run_as(const CallArguments& call, const Shape& x, const Shape& y) {
    const PadBorder border{call.words};
    const T* const from = call.inputs[0].as<T>();
    const T value = static_cast<T>(border.value());
    if (y.rank() == 0) {
      *call.output.as<T>() = *from;
      return;
    }
    const std::int64_t columns = y[-1], rows = y.elements() / columns;
    const std::int64_t parts = copy_parts(y.elements() * static_cast<std::int64_t>(sizeof(T)), call.threads);
    parallel_for(parts, call.threads, [&](std::int64_t part, int) {
      const RowsPart own = part_of(rows, columns, part, parts);
      for (std::int64_t row = own.rows.begin; row < own.rows.end; ++row) {
        T* const to = call.output.as<T>() + row * columns;
        if (const T* const source = source_row(border, x, y, row, from); source != nullptr) {
          pad_row(border, x, source, own.columns, value, to);
        } else {
          std::fill(to + own.columns.begin, to + own.columns.end, value);
        }
      }
    });
  }
};

constexpr Pad pad_op;

}  // namespace

void describe_pad(Description& d, std::span<const Word> words) {
  constexpr std::string_view modes[] = {"constant", "reflect", "edge"};
  const PadBorder border{words};
  std::vector<std::int64_t> before, after;
  for (std::size_t axis = 0; axis < border.rank(); ++axis) {
    before.push_back(border[axis].before);
    after.push_back(border[axis].after);
  }
  d.add("before", std::move(before));
  d.add("after", std::move(after));
  d.add("value", border.value());
  d.add("mode", std::string{modes[static_cast<std::size_t>(border.mode())]});
}

Var record_pad(const Operand& x, std::span<const Word> words, std::source_location where) {
  return record(pad_op, {&x}, words, where);
}

Var pad(const Operand& x, const PadOptions& options, std::source_location where) {
  const std::size_t rank = x.shape().rank(), count = options.axes.empty() ? rank : options.axes.size();
  check_one_for_each("pad", count, {{"before", options.before}, {"after", options.after}}, x, where);
  if (options.mode != PadMode::constant && options.value != 0.0) {
    throw ValueError{
        refusal("pad", fmt::format("value is for PadMode::constant alone, got {}", options.value), {{"x", x}}, where)};
  }
  std::array<Word, max_rank> axes{};
  for (std::size_t i = 0; i < count; ++i) axes[i] = options.axes.empty() ? i : static_cast<Word>(options.axes[i]);
  if (const auto fault = axes_fault({axes.data(), count}, rank))
    throw IndexError{refusal("pad", *fault, {{"x", x}}, where)};
  PadWords words(2 + 2 * rank, 0);
  words[0] = static_cast<Word>(options.mode);
  words[1] = std::bit_cast<Word>(options.value);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = 2 + 2 * axis_from_front(axes[i], rank);
    words[at] = static_cast<Word>(number_for(options.before, i, 0));
    words[at + 1] = static_cast<Word>(number_for(options.after, i, 0));
  }
  return record_pad(x, {words.data(), words.size()}, where);
}

}  // namespace capstan
