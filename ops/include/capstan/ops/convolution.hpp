// Convolution of signals (examples, channels, length), images (examples, channels, height, width) and volumes (examples,
// channels, depth, height, width). Weights and biases have PyTorch's shapes.
//
//   conv2d(x, W, b, {.padding = 1})              x (64, 3, 32, 32), W (16, 3, 3, 3), b (16) give (64, 16, 32, 32)
//   conv2d(x, W, {.stride = 2, .padding = {1, 0}})
//   conv2d(x, W, b, {.padding = same})           the extents of x, whatever W's
//   conv2d(x, W, {.groups = 3})                  W (3, 1, 3, 3): each channel by itself (depthwise)
//   conv_transpose2d(x, W, b, {.stride = 2})     x (64, 16, 16, 16), W (16, 3, 2, 2), b (3) give (64, 3, 32, 32)
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/per_axis.hpp>

namespace capstan {

/// Options of conv1d, conv2d and conv3d: those for axes are one number for each spatial axis, or one for all.
struct ConvOptions {
  PerAxis stride = 1;       ///< elements of x from one position of y to the next
  Padding padding = 0;      ///< zeros before and after x, or `same`
  PerAxis dilation = 1;     ///< elements of x from one tap of W to the next
  std::int64_t groups = 1;  ///< channels fall into so many groups, each of which is convolved by itself
};

/// Options of conv_transpose1d, conv_transpose2d and conv_transpose3d: those of the convolution whose gradient it is.
struct ConvTransposeOptions {
  PerAxis stride = 1;          ///< elements of y from one position of x to the next
  PerAxis padding = 0;         ///< how many elements y lacks at both ends
  PerAxis output_padding = 0;  ///< how many more elements y has at the end, below the stride
  PerAxis dilation = 1;        ///< elements of y from one tap of W to the next
  std::int64_t groups = 1;     ///< channels fall into so many groups, each of which is convolved by itself
};

/// Convolution of images (no tap of W is reversed): y[n, o, i, j] = b[o] + Σ over c, p, q of
/// W[o, c, p, q] · x[n, c, i · stride + p · dilation − padding, j · stride + q · dilation − padding].
///
/// Shape     x (examples, inputs, height, width), W (outputs, inputs / groups, rows, columns), b (outputs) give (examples,
///           outputs, …) with (n + 2 · padding − dilation · (taps − 1) − 1) / stride + 1, rounded down, for each spatial n.
/// Gradient  dx = the transposed convolution of dy; dW = the sums of dy over the windows of x; db = sums of dy.
/// Range     every x and W. A tap that lies in the padding contributes nothing, not even where its weight is infinite.
/// Error     ≤ k · epsilon · Σ |W| · |x| in each element, of k = inputs / groups · taps products.
/// Cost      2 · k operations for each element of y; a copy of W, and of some images at a time where there is padding.
/// Throws    ShapeError for other numbers of axes or channels, groups that do not divide them, or a kernel that does not
///           fit the padded x; ValueError for a stride, dilation or number of groups below 1, a negative padding, options
///           for another number of axes, and `same` with a stride; DTypeError for i32 or two dtypes.
Var conv2d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv2d(const Tensor& x, const Tensor& W, const Tensor& b,
           const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv2d(const Operand& x, const Operand& W, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv2d(const Tensor& x, const Tensor& W, const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Convolution of signals, x (examples, inputs, length) and W (outputs, inputs / groups, taps); otherwise as conv2d.
Var conv1d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv1d(const Tensor& x, const Tensor& W, const Tensor& b,
           const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv1d(const Operand& x, const Operand& W, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv1d(const Tensor& x, const Tensor& W, const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Convolution of volumes, x (examples, inputs, depth, height, width) and W (outputs, inputs / groups, planes, rows,
/// columns); otherwise as conv2d.
Var conv3d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv3d(const Tensor& x, const Tensor& W, const Tensor& b,
           const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv3d(const Operand& x, const Operand& W, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
Var conv3d(const Tensor& x, const Tensor& W, const ConvOptions& options = {}) = delete;  // tape.constant(x) first

/// Transposed convolution of images: the gradient of conv2d with these options in its x, plus b. Every element of x adds W,
/// times itself, to y.
///
/// Shape     x (examples, inputs, height, width), W (inputs, outputs / groups, rows, columns), b (outputs) give (examples,
///           outputs, …) with (n − 1) · stride − 2 · padding + dilation · (taps − 1) + output_padding + 1 for each spatial n.
/// Gradient  dx = the convolution of dy; dW = the sums of x over the windows of dy; db = sums of dy.
/// Range     every x and W, as conv2d.
/// Cost      2 operations for each element of x and each tap and channel of W that it meets.
/// Throws    as conv2d; ShapeError where nothing of y would be left; ValueError for an output_padding that is negative or
///           not below the stride.
Var conv_transpose2d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose2d(const Tensor& x, const Tensor& W, const Tensor& b,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv_transpose2d(const Operand& x, const Operand& W, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose2d(const Tensor& x, const Tensor& W,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

/// Transposed convolution of signals, x (examples, inputs, length) and W (inputs, outputs / groups, taps); otherwise as
/// conv_transpose2d.
Var conv_transpose1d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose1d(const Tensor& x, const Tensor& W, const Tensor& b,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv_transpose1d(const Operand& x, const Operand& W, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose1d(const Tensor& x, const Tensor& W,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

/// Transposed convolution of volumes, x (examples, inputs, depth, height, width) and W (inputs, outputs / groups, planes,
/// rows, columns); otherwise as conv_transpose2d.
Var conv_transpose3d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose3d(const Tensor& x, const Tensor& W, const Tensor& b,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

/// Without b no bias is added.
Var conv_transpose3d(const Operand& x, const Operand& W, const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Var conv_transpose3d(const Tensor& x, const Tensor& W,
                     const ConvTransposeOptions& options = {}) = delete;  // tape.constant(x) first

}  // namespace capstan
