// StridedWalk: steps through the positions of a list of axes, the innermost fastest, and says where each operand's
// element lies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <boost/container/static_vector.hpp>

#include <capstan/tensor/shape.hpp>

namespace capstan {

/// `Axes` has `operands`, `rank()`, and for axis i, counted from the innermost, `extent(i)` and `step(i, operand)`: a
/// StridedAxes, or axes that are stored otherwise. They must outlive the walk.
template <class Axes>
class StridedWalk {
 public:
  /// From the first position.
  explicit StridedWalk(const Axes& axes) noexcept : axes_{axes} {
    for (std::size_t i = 0; i < axes.rank(); ++i) position_[i] = 0;
  }
  /// From a position on, which is counted through all axes; no extent may be 0.
  StridedWalk(const Axes& axes, std::int64_t element) noexcept : axes_{axes} {
    for (std::size_t i = 0; i < axes.rank(); ++i) {
      position_[i] = element == 0 ? 0 : element % axes.extent(i);  // the first one, mostly: nothing to divide
      move(i, position_[i]);
      if (element != 0) element /= axes.extent(i);
    }
  }

  /// The offset of an operand's element at this position from its first element.
  std::int64_t offset(std::size_t operand = 0) const noexcept { return offsets_[operand]; }
  /// The number of positions of an axis that are left, this one included.
  std::int64_t left(std::size_t axis) const noexcept { return axes_.extent(axis) - position_[axis]; }

  /// Goes on by so many positions of an axis, no more than are left; the axes inside it begin anew.
  void next(std::size_t axis = 0, std::int64_t count = 1) noexcept {
    for (std::size_t i = 0; i < axis; ++i) {
      move(i, -position_[i]);
      position_[i] = 0;
    }
    for (std::size_t i = axis; i < axes_.rank(); ++i, count = 1) {
      move(i, count);
      position_[i] += count;
      if (position_[i] < axes_.extent(i)) return;
      move(i, -axes_.extent(i));
      position_[i] = 0;
    }
  }

 private:
  void move(std::size_t axis, std::int64_t count) noexcept {
    for (std::size_t k = 0; k < Axes::operands; ++k) offsets_[k] += count * axes_.step(axis, k);
  }

  const Axes& axes_;
  std::array<std::int64_t, max_rank> position_;  // as many of them as there are axes are in use
  std::array<std::int64_t, Axes::operands> offsets_{};
};

/// The position of an element that is counted row-major; no extent may be 0.
inline boost::container::static_vector<std::int64_t, max_rank> position_of(std::int64_t element, const Shape& shape) {
  boost::container::static_vector<std::int64_t, max_rank> position(shape.rank());
  for (std::size_t i = shape.rank(); i-- > 0; element /= shape.begin()[i]) position[i] = element % shape.begin()[i];
  return position;
}

}  // namespace capstan
