// Axes that are walked over, the innermost first, with the step of each operand along each. Which axis is the innermost is
// for the caller to say: the last one of a shape, or the one whose elements lie closest together in some operand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <capstan/tensor/shape.hpp>

namespace capstan {

/// An axis, and how far apart neighbours along it lie in each operand, in elements. Axes of different tags are not joined.
template <class Steps>
struct AxisOf {
  std::int64_t extent;
  Steps steps;
  bool tag;
};
template <std::size_t Operands>
using StridedAxis = AxisOf<std::array<std::int64_t, Operands>>;

/// Whether two neighbouring axes can be counted through as one: in every operand, a step along the outer one leads where
/// the inner one would go on.
template <class Steps>
bool is_joinable(const AxisOf<Steps>& inner, const AxisOf<Steps>& outer) noexcept {
  if (inner.tag != outer.tag) return false;
  for (std::size_t k = 0; k < inner.steps.size(); ++k) {
    if (outer.steps[k] != inner.steps[k] * inner.extent) return false;
  }
  return true;
}

/// Joins all neighbours that can be counted through as one. Returns how many axes are left, at the front of the list.
template <class Steps>
std::size_t join_axes(std::span<AxisOf<Steps>> axes) noexcept {
  std::size_t size = 0;
  for (const AxisOf<Steps>& axis : axes) {
    if (size > 0 && is_joinable(axes[size - 1], axis)) {
      axes[size - 1].extent *= axis.extent;
    } else {
      axes[size++] = axis;
    }
  }
  return size;
}

/// A list of axes.
template <std::size_t Operands>
struct StridedAxes {
  using Axis = StridedAxis<Operands>;
  static constexpr std::size_t operands = Operands;

  std::array<Axis, max_rank> axis;  // only the first `size` have a value: filling in all takes longer than a small sum
  std::size_t size = 0;

  std::size_t rank() const noexcept { return size; }
  std::int64_t extent(std::size_t i) const noexcept { return axis[i].extent; }
  std::int64_t step(std::size_t i, std::size_t operand) const noexcept { return axis[i].steps[operand]; }
  std::int64_t elements() const noexcept {
    std::int64_t product = 1;
    for (std::size_t i = 0; i < size; ++i) product *= axis[i].extent;
    return product;
  }

  void push(const Axis& a) noexcept { axis[size++] = a; }
  /// Inserts an axis outside of all that are not wider.
  template <class Width>
  void insert(const Axis& a, Width width) noexcept {
    push(a);
    for (std::size_t i = size - 1; i > 0 && width(axis[i]) < width(axis[i - 1]); --i) std::swap(axis[i], axis[i - 1]);
  }
  /// Removes an axis.
  Axis take(std::size_t i) noexcept {
    const Axis taken = axis[i];
    --size;
    for (; i < size; ++i) axis[i] = axis[i + 1];
    return taken;
  }
  void join() noexcept { size = join_axes(std::span<Axis>{axis.data(), size}); }
};

/// All axes of an array in the order of its shape, the last one innermost.
inline StridedAxes<1> axes_in_order(const Shape& shape, const Strides& strides) noexcept {
  StridedAxes<1> axes;
  for (std::size_t i = shape.rank(); i-- > 0;) axes.push({shape.begin()[i], {strides[i]}, false});
  return axes;
}

}  // namespace capstan
