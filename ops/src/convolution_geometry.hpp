// What the ops of convolution know besides their operands, and what follows from it: shapes, the checks of a user's options,
// and the convolution as kernels see it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/window/convolution.hpp>
#include <capstan/ops/convolution.hpp>
#include <capstan/tensor/engine.hpp>

namespace capstan {

/// The attributes of the three ops. Of numbers for axes, the first ones belong to the axes that there are.
struct ConvolutionAttributes {
  using Numbers = std::array<std::int64_t, 3>;

  std::int64_t groups = 1;
  std::int64_t same = 0;  ///< whether the padding is what makes y as large as x; then `padding` says nothing
  Numbers stride = {1, 1, 1}, dilation = {1, 1, 1}, padding = {0, 0, 0};
  /// Output padding of the transposed convolution, taps of the gradient of W; nothing of a convolution.
  Numbers more = {0, 0, 0};

  /// How many elements of x lie between the first and the last tap, those included.
  std::int64_t reach(std::size_t axis, std::int64_t taps) const { return (taps - 1) * dilation[axis] + 1; }
  /// Zeros before x, and zeros on both sides of it.
  std::int64_t before(std::size_t axis, std::int64_t taps) const {
    return same != 0 ? (reach(axis, taps) - 1) / 2 : padding[axis];
  }
  std::int64_t around(std::size_t axis, std::int64_t taps) const {
    return same != 0 ? reach(axis, taps) - 1 : 2 * padding[axis];
  }
};

/// x, W and y of one convolution, all with `axes` spatial axes.
struct ConvolutionShapes {
  const Shape &x, &W, &y;
};

/// The convolution as kernels see it.
kernels::ConvolutionShape kernel_shape(const ConvolutionAttributes& attributes, DType dtype,
                                       const ConvolutionShapes& shapes);

/// The attributes that the user's options stand for. ValueError for options for another number of axes.
ConvolutionAttributes attributes_of(std::string_view op, std::size_t axes, const ConvOptions& options, const Operand& x,
                                    const Operand& W, std::source_location where);
ConvolutionAttributes attributes_of(std::string_view op, std::size_t axes, const ConvTransposeOptions& options,
                                    const Operand& x, const Operand& W, std::source_location where);

/// The type of y of a convolution of x and W. Throws what a user's mistake throws.
ArrayType convolved(const Signature& s, std::size_t axes);
/// The type of y of a transposed convolution of x and W. Throws what a user's mistake throws.
ArrayType transposed(const Signature& s, std::size_t axes);

/// The output padding with which the transposed convolution of y has the shape of x.
ConvolutionAttributes::Numbers output_padding(const ConvolutionAttributes& attributes, const Shape& x, const Shape& W);

}  // namespace capstan
