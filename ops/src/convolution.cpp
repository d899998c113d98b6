// Three ops that are closed under differentiation: each one's gradient is made of the two others.
//
//   y = convolution(x, W)     x = transposed convolution(y, W)     W = weights(x, y)
#include <capstan/ops/convolution.hpp>

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include <fmt/format.h>

#include "convolution_geometry.hpp"

namespace capstan {

namespace {

using kernels::Convolves;

/// What the three have in common. The attributes are those of the convolution that all of them belong to.
class ConvolutionOp : public CallOp {
 public:
  constexpr ConvolutionOp(std::string_view name, std::size_t axes, Convolves which) noexcept
      : name_{name}, axes_{axes}, which_{which} {}

  std::string_view name() const noexcept override { return name_; }
  std::size_t axes() const noexcept { return axes_; }

  void describe(Description& d, std::span<const Word> words) const override {
    const auto attributes = from_words<ConvolutionAttributes>(words);
    const auto add = [&](std::string_view name, const ConvolutionAttributes::Numbers& numbers) {
      d.add(name, std::vector<std::int64_t>(numbers.data(), numbers.data() + axes_));
    };
    add("stride", attributes.stride);
    if (attributes.same != 0) {
      d.add("padding", std::string{"same"});
    } else {
      add("padding", attributes.padding);
    }
    add("dilation", attributes.dilation);
    d.add("groups", attributes.groups);
    if (which_ == Convolves::input) add("output_padding", attributes.more);
    if (which_ == Convolves::weights) add("kernel", attributes.more);
  }

  Call made(const Types& types, std::span<const Word> words) const override {
    const kernels::ConvolutionScratch scratch = kernels::convolution_scratch(
        which_, seen(words, types.dtype(0), types.shape(0), types.shape(1), *types.output.shape));
    return {.scratch_bytes = scratch.shared, .worker_bytes = scratch.worker};
  }

  void run(const CallArguments& c) const override {
    const Array &first = c.inputs[0], &second = c.inputs[1];
    kernels::convolve(which_, seen(c.words, first.dtype, first.shape, second.shape, c.output.shape), first.data,
                      second.data, c.output.data, c.scratch, c.threads);
  }

 protected:
  ~ConvolutionOp() = default;

 private:
  kernels::ConvolutionShape seen(std::span<const Word> words, DType dtype, const Shape& first, const Shape& second,
                                 const Shape& result) const {
    const auto a = from_words<ConvolutionAttributes>(words);
    if (which_ == Convolves::forward) return kernel_shape(a, dtype, {first, second, result});
    if (which_ == Convolves::input) return kernel_shape(a, dtype, {result, second, first});
    return kernel_shape(a, dtype, {first, result, second});
  }

  std::string_view name_;
  std::size_t axes_;
  Convolves which_;
};

// x, W and y are those of the convolution, whichever of them is computed.
Var record_convolution(const Rule& rule, std::size_t axes, const Var& x, const Var& W);
Var record_transposed(const Rule& rule, std::size_t axes, const Var& y, const Var& W, const Shape& x);
Var record_weights(const Rule& rule, std::size_t axes, const Var& x, const Var& y, const Shape& W);

class Convolution final : public ConvolutionOp {
 public:
  constexpr Convolution(std::string_view name, std::size_t axes) noexcept
      : ConvolutionOp{name, axes, Convolves::forward} {}

  ArrayType infer(const Signature& s) const override { return convolved(s, axes()); }
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var x = rule.input(0), W = rule.input(1);
    if (rule.needs(0)) dx[0] = record_transposed(rule, axes(), rule.dy(), W, x.shape());
    if (rule.needs(1)) dx[1] = record_weights(rule, axes(), x, rule.dy(), W.shape());
  }
};

class TransposedConvolution final : public ConvolutionOp {
 public:
  constexpr TransposedConvolution(std::string_view name, std::size_t axes) noexcept
      : ConvolutionOp{name, axes, Convolves::input} {}

  ArrayType infer(const Signature& s) const override { return transposed(s, axes()); }
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var y = rule.input(0), W = rule.input(1);
    if (rule.needs(0)) dx[0] = record_convolution(rule, axes(), rule.dy(), W);
    if (rule.needs(1)) dx[1] = record_weights(rule, axes(), rule.dy(), y, W.shape());
  }
};

/// The gradient of W. Only rules record it, so its operands fit.
class ConvolutionWeights final : public ConvolutionOp {
 public:
  constexpr ConvolutionWeights(std::string_view name, std::size_t axes) noexcept
      : ConvolutionOp{name, axes, Convolves::weights} {}

  ArrayType infer(const Signature& s) const override {
    const auto a = s.attributes<ConvolutionAttributes>();
    Strides extents{s.shape(1)[1], s.shape(0)[1] / a.groups};
    for (std::size_t i = 0; i < axes(); ++i) extents.push_back(a.more[i]);
    return {s.dtype(0), Shape(extents)};
  }
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var x = rule.input(0), y = rule.input(1);
    if (rule.needs(0)) dx[0] = record_transposed(rule, axes(), y, rule.dy(), x.shape());
    if (rule.needs(1)) dx[1] = record_convolution(rule, axes(), x, rule.dy());
  }
};

constexpr Convolution convolutions[] = {{"conv1d", 1}, {"conv2d", 2}, {"conv3d", 3}};
constexpr TransposedConvolution transposed_convolutions[] = {
    {"conv_transpose1d", 1}, {"conv_transpose2d", 2}, {"conv_transpose3d", 3}};
constexpr ConvolutionWeights weights_of_convolutions[] = {
    {"conv1d_weights", 1}, {"conv2d_weights", 2}, {"conv3d_weights", 3}};

Var record_part(const Op& op, const Rule& rule, const Var& a, const Var& b,
                const ConvolutionAttributes::Numbers& more) {
  auto attributes = rule.attributes<ConvolutionAttributes>();
  attributes.more = more;
  const Operand first{a}, second{b};
  return record(op, {&first, &second}, to_words(attributes), rule.where());
}

Var record_convolution(const Rule& rule, std::size_t axes, const Var& x, const Var& W) {
  return record_part(convolutions[axes - 1], rule, x, W, {});
}

Var record_transposed(const Rule& rule, std::size_t axes, const Var& y, const Var& W, const Shape& x) {
  const auto attributes = rule.attributes<ConvolutionAttributes>();
  return record_part(transposed_convolutions[axes - 1], rule, y, W, output_padding(attributes, x, W.shape()));
}

Var record_weights(const Rule& rule, std::size_t axes, const Var& x, const Var& y, const Shape& W) {
  ConvolutionAttributes::Numbers taps{};
  for (std::size_t i = 0; i < axes; ++i) taps[i] = W[i + 2];
  return record_part(weights_of_convolutions[axes - 1], rule, x, y, taps);
}

template <class Options>
Var without_bias(const ConvolutionOp& op, const Operand& x, const Operand& W, const Options& options,
                 std::source_location where) {
  const Composite whole{op.name(), {&x, &W}, where};
  return record(op, {&x, &W}, to_words(attributes_of(op.name(), op.axes(), options, x, W, where)), where);
}

void check_bias(std::string_view op, std::int64_t outputs, DType dtype, std::initializer_list<Named> operands,
                std::source_location where) {
  const Operand& b = (operands.begin() + 2)->operand;
  if (b.shape() != Shape{outputs}) {
    throw ShapeError{
        refusal(op, fmt::format("b must have shape ({}), an element for each output, got {}", outputs, b.shape()),
                operands, where)};
  }
  if (b.dtype() != dtype) {
    throw DTypeError{
        refusal(op, fmt::format("b must have the dtype of x and W, got {} and {}", b.dtype(), dtype), operands, where)};
  }
}

template <class Options>
Var with_bias(const ConvolutionOp& op, const Operand& x, const Operand& W, const Operand& b, const Options& options,
              std::source_location where) {
  const std::array<const Operand*, 3> operands{&x, &W, &b};
  const Composite whole{op.name(), operands, where};
  const Operand image{whole.on_tape(x, operands, where), where}, taps{whole.on_tape(W, operands, where), where};
  const Var y = record(op, {&image, &taps}, to_words(attributes_of(op.name(), op.axes(), options, x, W, where)), where);
  const std::int64_t outputs = y.shape()[1];
  check_bias(op.name(), outputs, y.dtype(), {{"x", x}, {"W", W}, {"b", b}}, where);
  Strides extents{outputs};
  extents.resize(op.axes() + 1, 1);
  const Extents beside{std::span<const std::int64_t>{extents.data(), extents.size()}};
  return add(y, reshape(whole.on_tape(b, operands, where), beside, where), where);
}

}  // namespace

Var conv1d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options,
           std::source_location where) {
  return with_bias(convolutions[0], x, W, b, options, where);
}
Var conv1d(const Operand& x, const Operand& W, const ConvOptions& options, std::source_location where) {
  return without_bias(convolutions[0], x, W, options, where);
}
Var conv2d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options,
           std::source_location where) {
  return with_bias(convolutions[1], x, W, b, options, where);
}
Var conv2d(const Operand& x, const Operand& W, const ConvOptions& options, std::source_location where) {
  return without_bias(convolutions[1], x, W, options, where);
}
Var conv3d(const Operand& x, const Operand& W, const Operand& b, const ConvOptions& options,
           std::source_location where) {
  return with_bias(convolutions[2], x, W, b, options, where);
}
Var conv3d(const Operand& x, const Operand& W, const ConvOptions& options, std::source_location where) {
  return without_bias(convolutions[2], x, W, options, where);
}

Var conv_transpose1d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options,
                     std::source_location where) {
  return with_bias(transposed_convolutions[0], x, W, b, options, where);
}
Var conv_transpose1d(const Operand& x, const Operand& W, const ConvTransposeOptions& options,
                     std::source_location where) {
  return without_bias(transposed_convolutions[0], x, W, options, where);
}
Var conv_transpose2d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options,
                     std::source_location where) {
  return with_bias(transposed_convolutions[1], x, W, b, options, where);
}
Var conv_transpose2d(const Operand& x, const Operand& W, const ConvTransposeOptions& options,
                     std::source_location where) {
  return without_bias(transposed_convolutions[1], x, W, options, where);
}
Var conv_transpose3d(const Operand& x, const Operand& W, const Operand& b, const ConvTransposeOptions& options,
                     std::source_location where) {
  return with_bias(transposed_convolutions[2], x, W, b, options, where);
}
Var conv_transpose3d(const Operand& x, const Operand& W, const ConvTransposeOptions& options,
                     std::source_location where) {
  return without_bias(transposed_convolutions[2], x, W, options, where);
}

}  // namespace capstan
