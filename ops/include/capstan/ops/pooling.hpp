// Pooling: the largest element, or the mean, of each window that slides over images (examples, channels, height,
// width); over signals (examples, channels, length) and volumes (examples, channels, depth, height, width) as well.
//
//   max_pool2d(x, {.kernel = {2, 2}})                                     (64, 6, 28, 28) gives (64, 6, 14, 14)
//   avg_pool2d(x, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}})   (64, 6, 28, 28) gives (64, 6, 14, 14)
//   global_avg_pool(x)                                                    (64, 6, 28, 28) gives (64, 6, 1, 1)
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/integers.hpp>

namespace capstan {

/// Options of max_pool1d, max_pool2d and max_pool3d: one number for each spatial axis.
struct MaxPoolOptions {
  Extents kernel = {};   ///< how many positions a window has
  Extents stride = {};   ///< from one window to the next; the kernel's if left out
  Extents padding = {};  ///< positions at either end that are smaller than any element; none if left out
};

/// Options of avg_pool1d, avg_pool2d and avg_pool3d: one number for each spatial axis.
struct AvgPoolOptions {
  Extents kernel = {};            ///< how many positions a window has
  Extents stride = {};            ///< from one window to the next; the kernel's if left out
  Extents padding = {};           ///< zeros at either end; none if left out
  bool count_include_pad = true;  ///< whether the mean is one of the padding's zeros as well
};

/// Options of adaptive pooling.
struct AdaptivePoolOptions {
  Extents size = {};  ///< the result's spatial extents, one for each axis
};

/// Max pooling: y is the largest element of each window; NaN if there is one.
///
/// Shape     x (examples, channels, height, width), with (n + 2 · padding − kernel) / stride + 1, rounded down, in
///           place of each spatial extent n.
/// Gradient  dx = dy added at each window's winner: the first in row-major order that is as large.
/// Cost      one pass, which keeps the winners: as many numbers as y has. The gradient does not look at x again.
/// Throws    ShapeError for another number of axes, and for a kernel that is longer than an axis with its padding;
///           ValueError for a kernel or stride below 1, a negative padding or one of more than half the kernel, or not
///           one for each axis; DTypeError for i32.
Var max_pool2d(const Operand& x, const MaxPoolOptions& options,
               std::source_location where = std::source_location::current());
Var max_pool2d(const Tensor& x, const MaxPoolOptions& options) = delete;  // tape.constant(x) first

/// Max pooling of signals (examples, channels, length), as max_pool2d.
Var max_pool1d(const Operand& x, const MaxPoolOptions& options,
               std::source_location where = std::source_location::current());
Var max_pool1d(const Tensor& x, const MaxPoolOptions& options) = delete;  // tape.constant(x) first

/// Max pooling of volumes (examples, channels, depth, height, width), as max_pool2d.
Var max_pool3d(const Operand& x, const MaxPoolOptions& options,
               std::source_location where = std::source_location::current());
Var max_pool3d(const Tensor& x, const MaxPoolOptions& options) = delete;  // tape.constant(x) first

/// Average pooling: y is the mean of each window.
///
/// Shape     as max_pool2d.
/// Gradient  dx = the sum of dy, divided as the mean was, over the windows that a position is in.
/// Error     adds the sums of a window's rows in order.
/// Cost      one pass.
/// Throws    as max_pool2d.
Var avg_pool2d(const Operand& x, const AvgPoolOptions& options,
               std::source_location where = std::source_location::current());
Var avg_pool2d(const Tensor& x, const AvgPoolOptions& options) = delete;  // tape.constant(x) first

/// Average pooling of signals (examples, channels, length), as avg_pool2d.
Var avg_pool1d(const Operand& x, const AvgPoolOptions& options,
               std::source_location where = std::source_location::current());
Var avg_pool1d(const Tensor& x, const AvgPoolOptions& options) = delete;  // tape.constant(x) first

/// Average pooling of volumes (examples, channels, depth, height, width), as avg_pool2d.
Var avg_pool3d(const Operand& x, const AvgPoolOptions& options,
               std::source_location where = std::source_location::current());
Var avg_pool3d(const Tensor& x, const AvgPoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive max pooling: y has the size given, and is the largest element of each window, where window i of `size`
/// along an axis of n positions has those from i · n / size, rounded down, to before (i + 1) · n / size, rounded up.
///
/// Shape     x (examples, channels, height, width), with the size for its spatial extents.
/// Gradient  as max_pool2d.
/// Cost      as max_pool2d, which it is where the sizes divide the extents.
/// Throws    ShapeError for another number of axes, and a spatial axis without positions; ValueError for a size below
///           1, or not one for each axis; DTypeError for i32.
Var adaptive_max_pool2d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_max_pool2d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive max pooling of signals (examples, channels, length), as adaptive_max_pool2d.
Var adaptive_max_pool1d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_max_pool1d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive max pooling of volumes (examples, channels, depth, height, width), as adaptive_max_pool2d.
Var adaptive_max_pool3d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_max_pool3d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive average pooling: the mean of each of the windows of adaptive_max_pool2d.
///
/// Shape     as adaptive_max_pool2d.
/// Gradient  as avg_pool2d.
/// Cost      as avg_pool2d, which it is where the sizes divide the extents.
/// Throws    as adaptive_max_pool2d.
Var adaptive_avg_pool2d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_avg_pool2d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive average pooling of signals (examples, channels, length), as adaptive_avg_pool2d.
Var adaptive_avg_pool1d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_avg_pool1d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Adaptive average pooling of volumes (examples, channels, depth, height, width), as adaptive_avg_pool2d.
Var adaptive_avg_pool3d(const Operand& x, const AdaptivePoolOptions& options,
                        std::source_location where = std::source_location::current());
Var adaptive_avg_pool3d(const Tensor& x, const AdaptivePoolOptions& options) = delete;  // tape.constant(x) first

/// Global average pooling: the mean of each channel of each example.
///
/// Shape     x (examples, channels, …), with 1 for every spatial extent; flatten makes (channels, examples) of that.
/// Gradient  dx = dy / positions, broadcast over them.
/// Error     as mean.
/// Cost      one pass.
/// Throws    ShapeError for an x without a spatial axis; DTypeError for i32.
Var global_avg_pool(const Operand& x, std::source_location where = std::source_location::current());
Var global_avg_pool(const Tensor& x) = delete;  // tape.constant(x) first

/// Global max pooling: the largest element of each channel of each example. NaN if there is one.
///
/// Shape     as global_avg_pool.
/// Gradient  dx = dy where x is the largest, in equal shares where several are, as of max.
/// Cost      one pass.
/// Throws    ShapeError for an x without a spatial axis, and for one without positions; DTypeError for i32.
Var global_max_pool(const Operand& x, std::source_location where = std::source_location::current());
Var global_max_pool(const Tensor& x) = delete;  // tape.constant(x) first

}  // namespace capstan
