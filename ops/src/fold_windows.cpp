#include "fold_windows.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <capstan/ops/windows.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "per_axis.hpp"

namespace capstan {

namespace {

/// An axis of the result: where its positions and, if a window slides along it, the window's taps lie in x.
struct Along {
  std::int64_t extent = 1;
  std::int64_t step = 0;  ///< in x, from one position or place to the next
  std::int64_t places = 1, taps = 1, tap_step = 0, stride = 1, dilation = 1;
  bool slides = false;
};

/// The place whose tap is at a position; −1 if there is none.
std::int64_t place_of(const Along& a, std::int64_t position, std::int64_t tap) noexcept {
  const std::int64_t from = position - tap * a.dilation;
  return from < 0 || from % a.stride != 0 || from / a.stride >= a.places ? -1 : from / a.stride;
}

struct Folding {
  std::array<Along, max_rank> along{};
  std::size_t rank = 0;
  std::int64_t row_count = 1;

  Folding(const Array& x, const Shape& y, std::span<const Word> words) : rank{y.rank()} {
    for (std::size_t i = 0; i < rank; ++i) {
      along[i].extent = y[i];
      along[i].step = x.strides[i];
      if (i + 1 < rank) row_count *= y[i];
    }
    const WindowAxes axes{words};
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const WindowAxis axis = axes[k];
      Along& a = along[axis_from_front(static_cast<Word>(axis.axis), rank)];
      a.places = x.shape[axis_from_front(static_cast<Word>(axis.axis), rank)];
      a.taps = x.shape[rank + k];
      a.tap_step = x.strides[rank + k];
      a.stride = axis.stride;
      a.dilation = axis.dilation;
      a.slides = true;
    }
  }
};

/// One row of the result: the elements along its last axis. All taps of the other axes that meet the row are added to
/// it.
template <class T>
class FoldedRow {
 public:
  FoldedRow(const Folding& f, std::int64_t row) noexcept : f_{f} {
    for (std::size_t i = f.rank - 1; i-- > 0; row /= f.along[i].extent) at_[i] = row % f.along[i].extent;
  }

  void fold(const T* x, T* y) noexcept {
    const Along& last = f_.along[f_.rank - 1];
    std::fill_n(y, last.extent, T{0});
    do {
      if (const auto offset = offset_of_taps(); offset >= 0) add(last, x + offset, y);
    } while (next_taps());
  }

 private:
  /// Where the taps lie in x that meet the row; −1 if one of them does not.
  std::int64_t offset_of_taps() const noexcept {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i + 1 < f_.rank; ++i) {
      const Along& a = f_.along[i];
      const std::int64_t place = a.slides ? place_of(a, at_[i], tap_[i]) : at_[i];
      if (place < 0) return -1;
      offset += place * a.step + tap_[i] * a.tap_step;
    }
    return offset;
  }

  bool next_taps() noexcept {
    for (std::size_t i = f_.rank - 1; i-- > 0; tap_[i] = 0) {
      if (++tap_[i] < f_.along[i].taps) return true;
    }
    return false;
  }

  static void add(const Along& last, const T* x, T* y) noexcept {
    if (!last.slides) {
      for (std::int64_t j = 0; j < last.extent; ++j) y[j] += x[j * last.step];
      return;
    }
    for (std::int64_t tap = 0; tap < last.taps; ++tap) {
      const T* const from = x + tap * last.tap_step;
      T* const to = y + tap * last.dilation;
      for (std::int64_t p = 0; p < last.places; ++p) to[p * last.stride] += from[p * last.step];
    }
  }

  const Folding& f_;
  std::array<std::int64_t, max_rank> at_{}, tap_{};
};

/// The gradient of windows. The words of a node are axis, extent, stride and dilation of each named axis.
class FoldWindows final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "fold_windows"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_windows(d, words, "extents"); }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"x"});
    const Shape& x = s.shape(0);
    const WindowAxes axes{s.words()};
    if (x.rank() < 2 * axes.size()) {
      throw ShapeError{s.message(
          fmt::format("x must have an axis of places and one of taps for each of {} axes, got {}", axes.size(), x),
          {"x"})};
    }
    const std::size_t rank = x.rank() - axes.size();
    std::array<Word, max_rank> named{};
    for (std::size_t i = 0; i < axes.size(); ++i) named[i] = static_cast<Word>(axes[i].axis);
    if (const auto fault = axes_fault({named.data(), axes.size()}, rank)) {
      throw IndexError{s.message(fmt::format("{}, which is that of the result", *fault), {"x"})};
    }
    Strides extents(x.begin(), x.begin() + rank);
    for (std::size_t k = 0; k < axes.size(); ++k) {
      check(s, axes[k], x[axis_from_front(named[k], rank)], x[rank + k]);
      extents[axis_from_front(named[k], rank)] = axes[k].number;
    }
    return {dtype, checked_shape(s, extents)};
  }

  Call made(const Types&, std::span<const Word>) const override { return {.takes = {Call::Takes::any}}; }

  void run(const CallArguments& call) const override {
    const Shape& y = call.output.shape;
    if (y.elements() == 0) return;
    if (y.rank() == 0)
      return visit_floating(call.output.dtype, [&]<class T>(T) { *call.output.as<T>() = *call.inputs[0].as<T>(); });
    const Folding folding{call.inputs[0], y, call.words};
    const std::int64_t columns = y[-1];
    const std::int64_t parts = std::min(
        folding.row_count,
        count_parts(work::element * static_cast<double>(call.inputs[0].shape.elements() + y.elements()), call.threads));
    visit_floating(call.output.dtype, [&]<class T>(T) {
      parallel_for(parts, call.threads, [&](std::int64_t part, int) {
        const auto [begin, end] = range_of(folding.row_count, part, parts);
        for (std::int64_t row = begin; row < end; ++row) {
          FoldedRow<T>{folding, row}.fold(call.inputs[0].as<T>(), call.output.as<T>() + row * columns);
        }
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Shape& x = rule.x().shape();
    const WindowAxes folded{rule.words()};
    const std::size_t rank = x.rank() - folded.size();
    std::array<std::int64_t, max_rank> axes{}, size{}, stride{}, dilation{};
    for (std::size_t k = 0; k < folded.size(); ++k) {
      const WindowAxis axis = folded[k];
      axes[k] = axis.axis;
      size[k] = x[rank + k];
      stride[k] = axis.stride;
      dilation[k] = axis.dilation;
    }
    const auto all = [&](const auto& numbers) {
      return Extents{std::span<const std::int64_t>{numbers.data(), folded.size()}};
    };
    dx[0] = windows(rule.dy(), {.axes = all(axes), .size = all(size), .stride = all(stride), .dilation = all(dilation)},
                    rule.where());
  }

 private:
  static void check(const Signature& s, const WindowAxis& a, std::int64_t places, std::int64_t taps) {
    const auto refuse = [&](std::string_view name, std::int64_t number) {
      return s.message(fmt::format("{} must be at least 1, got {} for axis {}", name, number, a.axis), {"x"});
    };
    if (a.stride < 1) throw ValueError{refuse("stride", a.stride)};
    if (a.dilation < 1) throw ValueError{refuse("dilation", a.dilation)};
    if (a.number < 0) {
      throw ValueError{
          s.message(fmt::format("extents must not be negative, got {} for axis {}", a.number, a.axis), {"x"})};
    }
    const std::int64_t span = span_of(taps, a.dilation);
    const std::int64_t expected = taps < 1 || span > a.number ? 0 : (a.number - span) / a.stride + 1;
    if (taps >= 1 && places >= 1 && places == expected) return;
    throw ShapeError{s.message(
        fmt::format("axis {} of extent {} has {} places for a window of {} taps, {} apart, with stride {}, got {}",
                    a.axis, a.number, expected, taps, a.dilation, a.stride, places),
        {"x"})};
  }
};

constexpr FoldWindows fold_windows_object;

}  // namespace

const Op& fold_windows_op() noexcept { return fold_windows_object; }

Var fold_windows(const Operand& x, const FoldWindowsOptions& options, std::source_location where) {
  const auto& [axes, extents, stride, dilation] = options;
  check_one_for_each("fold_windows", axes.size(),
                     {{"extent", extents, false}, {"stride", stride}, {"dilation", dilation}}, x, where);
  WindowWords words;
  for (std::size_t i = 0; i < axes.size(); ++i)
    words.add({axes[i], extents[i], number_for(stride, i, 1), number_for(dilation, i, 1)});
  return record(fold_windows_object, {&x}, words, where);
}

}  // namespace capstan
