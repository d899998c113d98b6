// Joined axes: how operands are walked over when not all of them lie row-major, such as a column added to every column
// of a matrix. Axes that can be counted through as one are joined first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>

#include <capstan/tensor/array.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// The axes of a shape, outermost first, none of extent 1, and the steps of each operand along them, in elements.
struct JoinedAxes {
  boost::container::static_vector<std::int64_t, max_rank> extents;
  boost::container::small_vector<Strides, 4> steps;
};

/// Every operand is broadcast to `shape`.
JoinedAxes join_axes(const Shape& shape, std::span<const Layout> operands);

/// Whether the elements of an array are neighbours, or one and the same, along the last axis that is longer than 1.
/// What cannot be walked over so is copied first.
bool is_walkable(const Shape& shape, const Strides& strides);

}  // namespace capstan
