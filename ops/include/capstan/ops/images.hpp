// Images (examples, channels, height, width): from and to the columns that layers take, and other sizes.
//
//   unflatten(x, {1, 28, 28})                 (784, m) gives (m, 1, 28, 28): an image for each column
//   flatten(x)                                (m, 16, 5, 5) gives (400, m): a column for each image
//   resize(x, {.size = {32, 32}})             (m, 3, 20, 24) gives (m, 3, 32, 32)
#pragma once

#include <array>
#include <cstdint>
#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/integers.hpp>

namespace capstan {

/// Flatten: one column for each example, its elements in row-major order.
///
/// Shape     x (examples, …) gives (features, examples).
/// Gradient  dx = unflatten(dy).
/// Cost      none where x's strides allow, else a copy.
/// Throws    ShapeError for an x of less than two axes.
Var flatten(const Operand& x, std::source_location where = std::source_location::current());
Var flatten(const Tensor& x) = delete;  // tape.constant(x) first

/// Unflatten: an example for each column, in row-major order.
///
/// Shape     x (features, examples) gives (examples, …), followed by the extents given.
/// Gradient  dx = flatten(dy).
/// Cost      none where the columns of x are contiguous, as in data that has an example a row; else a copy.
/// Throws    ShapeError for an x that has not two axes, and if the product of the extents is not the number of
///           features.
Var unflatten(const Operand& x, const Extents& extents, std::source_location where = std::source_location::current());
Var unflatten(const Tensor& x, const Extents& extents) = delete;  // tape.constant(x) first

/// How resize finds elements between those that x has.
enum class ResizeMode : std::uint8_t {
  nearest,   ///< position i of `to` is position i · from / to, rounded down
  bilinear,  ///< the nearest two along either axis, weighted by how near they are
};

/// Options of resize: `.size`, or `.scale`.
struct ResizeOptions {
  Extents size = {};                     ///< height and width of the result
  std::array<double, 2> scale = {0, 0};  ///< of height and width; results are rounded down
  ResizeMode mode = ResizeMode::nearest;
  /// For bilinear: whether the first and the last positions of both fall together. Otherwise the borders of the first
  /// and last elements do.
  bool align_corners = false;
};

/// Resize: images of another height and width.
///
/// Shape     x (examples, channels, height, width), with the size, or scale times x's rounded down, for height and
///           width.
/// Gradient  dx = the sum over all elements of y that an element of x weighs in, dy times its weight.
/// Range     an element of weight 0 is not looked at.
/// Cost      one pass.
/// Throws    ValueError for size and scale together, none of them, a size below 1, not two, a scale that is not
///           positive and finite, and align_corners with nearest; ShapeError for another number of axes, an x without
///           height or width, and a scale that leaves none; DTypeError for i32.
/// Source    as torch.nn.functional.interpolate.
Var resize(const Operand& x, const ResizeOptions& options,
           std::source_location where = std::source_location::current());
Var resize(const Tensor& x, const ResizeOptions& options) = delete;  // tape.constant(x) first

}  // namespace capstan
