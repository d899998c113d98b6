#include <capstan/ops/windows.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "fold_windows.hpp"
#include "per_axis.hpp"

namespace capstan {

namespace {

/// ValueError for a step below 1.
void check_step(const Signature& s, std::string_view name, std::int64_t step, std::int64_t axis) {
  if (step >= 1) return;
  throw ValueError{s.message(fmt::format("{} must be at least 1, got {} for axis {}", name, step, axis), {"x"})};
}

void check_axes(const Signature& s, const WindowAxes& axes, std::size_t rank) {
  std::array<Word, max_rank> named{};
  for (std::size_t i = 0; i < axes.size(); ++i) named[i] = static_cast<Word>(axes[i].axis);
  if (const auto fault = axes_fault({named.data(), axes.size()}, rank)) throw IndexError{s.message(*fault, {"x"})};
}

/// A view in which elements lie in several windows. The words of a node are axis, size, stride and dilation of each
/// named axis.
class Windows final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "windows"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_windows(d, words, "size"); }

  ArrayType infer(const Signature& s) const override {
    const Shape& x = s.shape(0);
    const WindowAxes axes{s.words()};
    check_axes(s, axes, x.rank());
    if (x.rank() + axes.size() > max_rank) {
      throw ShapeError{s.message(
          fmt::format("a tensor has at most {} axes, got {} and {} of taps", max_rank, x.rank(), axes.size()), {"x"})};
    }
    Strides extents(x.begin(), x.end());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto [axis, size, stride, dilation] = axes[i];
      check_step(s, "size", size, axis);
      check_step(s, "stride", stride, axis);
      check_step(s, "dilation", dilation, axis);
      std::int64_t& extent = extents[axis < 0 ? axis + static_cast<std::int64_t>(x.rank()) : axis];
      if (span_of(size, dilation) > extent) {
        throw ShapeError{s.message(
            fmt::format("a window of {} taps, {} apart, must not be longer than axis {}, which has {} positions", size,
                        dilation, axis, extent),
            {"x"})};
      }
      extent = (extent - span_of(size, dilation)) / stride + 1;
    }
    for (std::size_t i = 0; i < axes.size(); ++i) extents.push_back(axes[i].number);
    return {s.dtype(0), checked_shape(s, extents)};
  }

  View made(const Types&, std::span<const Word>) const override { return {&through_windows}; }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Shape& x = rule.x().shape();
    WindowWords words;
    const WindowAxes axes{rule.words()};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      WindowAxis axis = axes[i];
      axis.number = x[axis.axis];
      words.add(axis);
    }
    const Operand dy{rule.dy()};
    dx[0] = record(fold_windows_op(), {&dy}, words, rule.where());
  }

 private:
  static std::optional<Layout> through_windows(const Layout& x, const Shape& y, std::span<const Word> words) {
    Layout lies{x.offset, y, x.strides};
    const WindowAxes axes{words};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto [axis, size, stride, dilation] = axes[i];
      const std::int64_t at = axis < 0 ? axis + static_cast<std::int64_t>(x.shape.rank()) : axis;
      const std::int64_t step = x.strides[at];
      // Between single places or taps the distance may be of any size.
      if (y[at] > 1) lies.strides[at] = step * stride;
      lies.strides.push_back(size > 1 ? step * dilation : step);
    }
    return lies;
  }
};

constexpr Windows windows_op;

}  // namespace

void describe_windows(Description& d, std::span<const Word> words, std::string_view numbers) {
  std::vector<std::int64_t> axes, of_axes, stride, dilation;
  const WindowAxes all{words};
  for (std::size_t i = 0; i < all.size(); ++i) {
    axes.push_back(all[i].axis);
    of_axes.push_back(all[i].number);
    stride.push_back(all[i].stride);
    dilation.push_back(all[i].dilation);
  }
  d.add("axes", std::move(axes));
  d.add(numbers, std::move(of_axes));
  d.add("stride", std::move(stride));
  d.add("dilation", std::move(dilation));
}

Var windows(const Operand& x, const WindowsOptions& options, std::source_location where) {
  const auto& [axes, size, stride, dilation] = options;
  check_one_for_each("windows", axes.size(), {{"size", size, false}, {"stride", stride}, {"dilation", dilation}}, x,
                     where);
  WindowWords words;
  for (std::size_t i = 0; i < axes.size(); ++i)
    words.add({axes[i], size[i], number_for(stride, i, 1), number_for(dilation, i, 1)});
  return record(windows_op, {&x}, words, where);
}

}  // namespace capstan
