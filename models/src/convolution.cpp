#include <capstan/models/convolution.hpp>

#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "first_value.hpp"

namespace capstan::models {

namespace {

/// What is common to the options of both kinds.
struct Sizes {
  std::int64_t inputs, outputs, groups;
  const PerAxis& kernel;
  DType dtype;
};

void check_sizes(std::string_view name, const Sizes& sizes, std::size_t axes, const std::source_location& where) {
  check_extent(name, "inputs", sizes.inputs, where);
  check_extent(name, "outputs", sizes.outputs, where);
  check_extent(name, "groups", sizes.groups, where);
  check_dtype(name, sizes.dtype, where);
  if (sizes.inputs % sizes.groups != 0 || sizes.outputs % sizes.groups != 0) {
    throw ValueError{fmt::format("{}: groups must divide inputs and outputs, got {} for {} and {}\n  at {}", name,
                                 sizes.groups, sizes.inputs, sizes.outputs, place(where))};
  }
  if (sizes.kernel.size() != 1 && sizes.kernel.size() != axes) {
    throw ValueError{fmt::format("{}: kernel must be one number or one for each of {} spatial axes, got {}\n  at {}",
                                 name, axes, sizes.kernel.size(), place(where))};
  }
  for (std::size_t i = 0; i < axes; ++i) check_extent(name, "kernel", sizes.kernel.along(i), where);
}

/// (first, second, taps …).
Shape weight_shape(std::int64_t first, std::int64_t second, const PerAxis& kernel, std::size_t axes,
                   const std::source_location& where) {
  std::vector<std::int64_t> extents{first, second};
  for (std::size_t i = 0; i < axes; ++i) extents.push_back(kernel.along(i));
  return Shape{extents, where};
}

std::optional<Parameter> first_bias(bool wanted, std::int64_t outputs, DType dtype, const std::source_location& where) {
  if (!wanted) return std::nullopt;
  return Parameter{"b", Tensor::zeros({outputs}, dtype, where)};
}

template <std::size_t axes>
constexpr std::string_view name_of_conv = std::array<std::string_view, 4>{"", "Conv1d", "Conv2d", "Conv3d"}[axes];

template <std::size_t axes>
Parameter make_weight(const ConvLayerOptions& options, Rng& rng, const std::source_location& where) {
  constexpr std::string_view name = name_of_conv<axes>;
  check_sizes(name, {options.inputs, options.outputs, options.groups, options.kernel, options.dtype}, axes, where);
  const Shape shape = weight_shape(options.outputs, options.inputs / options.groups, options.kernel, axes, where);
  return {"W", first_value(name, "W", options.init, shape, rng, options.dtype, where)};
}

Parameter make_weight(const ConvTransposeLayerOptions& options, Rng& rng, const std::source_location& where) {
  constexpr std::string_view name = "ConvTranspose2d";
  check_sizes(name, {options.inputs, options.outputs, options.groups, options.kernel, options.dtype}, 2, where);
  const Shape shape = weight_shape(options.inputs, options.outputs / options.groups, options.kernel, 2, where);
  return {"W", first_value(name, "W", options.init, shape, rng, options.dtype, where)};
}

}  // namespace

template <std::size_t axes>
Conv<axes>::Conv(const ConvLayerOptions& options, Rng& rng, std::source_location where)
    : W{make_weight<axes>(options, rng, where)},
      b{first_bias(options.bias, options.outputs, options.dtype, where)},
      options_{options.stride, options.padding, options.dilation, options.groups} {}

template <std::size_t axes>
Var Conv<axes>::operator()(const Operand& x) const {
  const std::source_location where = x.where();
  const auto convolve = [&](const auto&... operands) {
    if constexpr (axes == 1) return conv1d(operands..., options_, where);
    if constexpr (axes == 2) return conv2d(operands..., options_, where);
    if constexpr (axes == 3) return conv3d(operands..., options_, where);
  };
  return b ? convolve(x, W, *b) : convolve(x, W);
}

template struct Conv<1>;
template struct Conv<2>;
template struct Conv<3>;

ConvTranspose2d::ConvTranspose2d(const ConvTransposeLayerOptions& options, Rng& rng, std::source_location where)
    : W{make_weight(options, rng, where)},
      b{first_bias(options.bias, options.outputs, options.dtype, where)},
      options_{options.stride, options.padding, options.output_padding, options.dilation, options.groups} {}

Var ConvTranspose2d::operator()(const Operand& x) const {
  const std::source_location where = x.where();
  return b ? conv_transpose2d(x, W, *b, options_, where) : conv_transpose2d(x, W, options_, where);
}

}  // namespace capstan::models
