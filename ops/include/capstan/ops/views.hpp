// Views: other ways to look at the same memory – transpose, reshape, slice, broadcast_to – and stop_gradient. Recording
// one costs a node; computing one costs nothing, except a reshape of what was transposed or sliced, which may copy.
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// Transpose: the axes in reverse order.
///
/// Shape     (3, 4, 5) gives (5, 4, 3).
/// Gradient  dx = transpose(dy).
/// Cost      none.
Var transpose(const Operand& x, std::source_location where = std::source_location::current());
Var transpose(const Tensor& x) = delete;  // tape.constant(x) first

/// Transpose: axis i of y is axis axes[i] of x. Negative axes count from the end.
///
/// Shape     (3, 4, 5) with {1, 0, 2} gives (4, 3, 5).
/// Gradient  dx = dy with the axes put back.
/// Cost      none.
/// Throws    ShapeError if there are not as many axes as x has; IndexError for one out of range or named twice.
Var transpose(const Operand& x, const Axes& axes, std::source_location where = std::source_location::current());
Var transpose(const Tensor& x, const Axes& axes) = delete;  // tape.constant(x) first

/// Reshape: the elements in row-major order, under another shape. One extent may be −1: what is left over.
///
/// Shape     the one given.
/// Gradient  dx = reshape(dy, x's shape).
/// Cost      none where x's strides allow, else a copy.
/// Throws    ShapeError if the numbers of elements differ, or for more than one −1, or one that no number fits.
Var reshape(const Operand& x, const Extents& shape, std::source_location where = std::source_location::current());
Var reshape(const Tensor& x, const Extents& shape) = delete;  // tape.constant(x) first

/// Slice: positions start, start + step, … before stop along one axis; negative positions count from the end.
///
/// Shape     x's, with the number of those positions along the axis; 0 where start is not before stop.
/// Gradient  dx = dy in those positions, 0 elsewhere.
/// Cost      none; the gradient one pass over x's shape.
/// Throws    IndexError for an axis out of range or a position beyond the end; ValueError for a step below 1.
Var slice(const Operand& x, const SliceOptions& options, std::source_location where = std::source_location::current());
Var slice(const Tensor& x, const SliceOptions& options) = delete;  // tape.constant(x) first

/// Broadcast: axes are matched from the last; extents of 1, and axes that x lacks, are repeated.
///
/// Shape     the one given.
/// Gradient  dx = dy summed over the repeated axes.
/// Cost      none.
/// Throws    ShapeError if x does not broadcast to the shape.
Var broadcast_to(const Operand& x, const Shape& shape, std::source_location where = std::source_location::current());
Var broadcast_to(const Tensor& x, const Shape& shape) = delete;  // tape.constant(x) first

/// Returns x's value, through which no gradient passes.
///
/// Shape     y has x's shape.
/// Gradient  none.
/// Cost      none.
Var stop_gradient(const Operand& x, std::source_location where = std::source_location::current());
Var stop_gradient(const Tensor& x) = delete;  // tape.constant(x) first

}  // namespace capstan
