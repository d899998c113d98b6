// Conv1d, Conv2d, Conv3d and ConvTranspose2d: convolutions with a weight and a bias, of signals (examples, channels,
// length), images (examples, channels, height, width) and volumes (examples, channels, depth, height, width). Weights and
// biases have PyTorch's shapes.
//
//   models::Conv2d conv{{.inputs = 3, .outputs = 16, .kernel = {5, 5}, .padding = same}, rng};
//   const Var y = conv(x);                            // x (64, 3, 32, 32) gives (64, 16, 32, 32)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/init.hpp>
#include <capstan/ops/convolution.hpp>
#include <capstan/tensor/rng.hpp>

namespace capstan::models {

/// Sizes of a convolution, what it does at the borders, and how it starts. The numbers of an axis are one for each spatial
/// axis, or one for all.
struct ConvLayerOptions {
  std::int64_t inputs = 0;   ///< channels; must be given
  std::int64_t outputs = 0;  ///< channels; must be given
  PerAxis kernel = {};       ///< taps; must be given
  PerAxis stride = 1;
  Padding padding = 0;  ///< or `same`
  PerAxis dilation = 1;
  std::int64_t groups = 1;  ///< channels fall into so many groups, each of which is convolved by itself
  bool bias = true;
  init::Initializer init = init::he();
  DType dtype = DType::f32;
};

/// A convolution over so many spatial axes.
template <std::size_t axes>
struct Conv {
  Parameter W;                 ///< (outputs, inputs / groups, …), taps behind
  std::optional<Parameter> b;  ///< (outputs), starts at 0

  /// Takes the random numbers for W from the generator.
  ///
  /// Throws    ValueError for fewer than one input, output, tap or group, for groups that do not divide both channels, a
  ///           kernel for another number of axes, and no initializer; ShapeError, DTypeError if the initializer gives
  ///           another shape or dtype; DTypeError for i32. What stride, padding and dilation must be, the call says.
  Conv(const ConvLayerOptions& options, Rng& rng, std::source_location where = std::source_location::current());

  /// As conv1d, conv2d and conv3d, which throw what this throws.
  Var operator()(const Operand& x) const;

  /// Shows W and b.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("W", W);
    v("b", b);
  }

 private:
  ConvOptions options_;
};

using Conv1d = Conv<1>;
using Conv2d = Conv<2>;
using Conv3d = Conv<3>;

extern template struct Conv<1>;
extern template struct Conv<2>;
extern template struct Conv<3>;

/// Sizes of a transposed convolution, as those of the convolution whose gradient it is.
struct ConvTransposeLayerOptions {
  std::int64_t inputs = 0;   ///< channels; must be given
  std::int64_t outputs = 0;  ///< channels; must be given
  PerAxis kernel = {};       ///< taps; must be given
  PerAxis stride = 1;
  PerAxis padding = 0;
  PerAxis output_padding = 0;  ///< how many more elements y has at the end, below the stride
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  init::Initializer init = init::he();
  DType dtype = DType::f32;
};

/// A transposed convolution of images.
struct ConvTranspose2d {
  Parameter W;                 ///< (inputs, outputs / groups, rows, columns)
  std::optional<Parameter> b;  ///< (outputs), starts at 0

  /// Throws as the constructor of a convolution.
  ConvTranspose2d(const ConvTransposeLayerOptions& options, Rng& rng,
                  std::source_location where = std::source_location::current());

  /// As conv_transpose2d, which throws what this throws.
  Var operator()(const Operand& x) const;

  /// Shows W and b.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("W", W);
    v("b", b);
  }

 private:
  ConvTransposeOptions options_;
};

}  // namespace capstan::models
