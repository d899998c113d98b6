#include <capstan/models/normalisation.hpp>

#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "first_value.hpp"

namespace capstan::models {

namespace {

/// Every options struct begins so.
struct Common {
  std::string_view layer;
  std::int64_t features;
  double epsilon;
  DType dtype;
};

void check(const Common& common, const std::source_location& where) {
  check_extent(common.layer, "features", common.features, where);
  check_dtype(common.layer, common.dtype, where);
  if (std::isfinite(common.epsilon) && common.epsilon >= 0.0) return;
  throw ValueError{fmt::format("{}: epsilon must be finite and not negative, got {}\n  at {}", common.layer,
                               common.epsilon, place(where))};
}

/// A value for each feature, after a check of the options.
Tensor filled(const Common& common, double number, const std::source_location& where) {
  check(common, where);
  return Tensor::full({common.features}, number, common.dtype, where);
}

/// ShapeError, naming x and gamma, unless the axis of x has a value for each of gamma.
void check_features(std::string_view layer, const Operand& x, std::size_t axis, const Parameter& gamma) {
  const std::int64_t features = gamma.value().elements();
  if (x.shape()[axis] == features) return;
  throw ShapeError{refusal(
      layer,
      fmt::format("axis {} of x must have the {} features of gamma, got {}", axis, features, to_string(x.shape())),
      {{"x", x}, {"gamma", gamma}}, x.where())};
}

/// (1, …, features, …, 1), which broadcasts along the axis.
Extents along(std::size_t rank, std::size_t axis, std::int64_t features) {
  std::array<std::int64_t, max_rank> extents{};
  extents.fill(1);
  extents[axis] = features;
  return Extents{std::span<const std::int64_t>{extents}.first(rank)};
}

/// All axes of x but one.
Axes others(std::size_t rank, std::size_t axis) {
  std::array<std::int64_t, max_rank> axes{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    if (i != axis) axes[count++] = static_cast<std::int64_t>(i);
  }
  return Axes{std::span<const std::int64_t>{axes}.first(count)};
}

/// The axis of the features, counted from the front. IndexError for one that x does not have.
std::size_t position_of(std::string_view layer, const Operand& x, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(x.shape().rank());
  const std::int64_t position = axis < 0 ? axis + rank : axis;
  if (position >= 0 && position < rank) return static_cast<std::size_t>(position);
  throw IndexError{
      refusal(layer, fmt::format("axis {} is out of range for {}", axis, to_string(x.shape())), {{"x", x}}, x.where())};
}

/// One call of a layer: what it records is taken back if it throws.
class Call {
 public:
  Call(std::string_view layer, const Operand& x)
      : x_{x}, composite_{layer, {&x}, x.where()}, value_{composite_.on_tape(x, operands(), x.where())} {}

  const Var& x() const noexcept { return value_; }
  /// A parameter or buffer of a value for each feature, along the axis.
  Var spread(const Operand& of_features, std::size_t axis) const {
    const Var value = composite_.on_tape(of_features, operands(), x_.where());
    return reshape(value, along(x_.shape().rank(), axis, of_features.shape().elements()), x_.where());
  }

 private:
  std::array<const Operand*, 1> operands() const noexcept { return {&x_}; }

  const Operand& x_;
  Composite composite_;
  Var value_;
};

/// gamma and beta as they broadcast to x.
struct Affine {
  Var scale, shift;
};

/// (x − mean) / √(variance + epsilon).
Var normalised(const Var& x, const Var& mean, const Var& variance, double epsilon, const std::source_location& where) {
  return divide(subtract(x, mean, where), sqrt(add(variance, epsilon, where), where), where);
}

Var scaled(const Var& x, const Affine& affine, const std::source_location& where) {
  return add(multiply(x, affine.scale, where), affine.shift, where);
}

/// Mean and variance along axes, which stay with extent 1.
struct Moments {
  Moments(const Var& x, const Axes& axes, const std::source_location& where)
      : mean{capstan::mean(x, {.axes = axes, .keepdims = true}, where)},
        variance{capstan::variance(x, {.axes = axes, .keepdims = true}, where)} {}
  Var mean, variance;
};

/// (1 − momentum) · running + momentum · now is what the buffer becomes.
void update_running(const Buffer& running, const Var& now, double momentum, const std::source_location& where) {
  const Var kept = multiply(latest(running, now, where), 1.0 - momentum, where);
  const Var fresh = multiply(reshape(now, running.shape(), where), momentum, where);
  update(running, add(kept, fresh, where), where);
}

}  // namespace

BatchNorm::BatchNorm(const BatchNormOptions& options, std::source_location where)
    : gamma{"gamma", filled({"BatchNorm", options.features, options.epsilon, options.dtype}, 1.0, where)},
      beta{"beta", Tensor::zeros({options.features}, options.dtype)},
      running_mean{"running_mean", Tensor::zeros({options.features}, options.dtype)},
      running_variance{"running_variance", Tensor::ones({options.features}, options.dtype)},
      momentum_{options.momentum},
      epsilon_{options.epsilon} {
  if (momentum_ >= 0.0 && momentum_ <= 1.0) return;
  throw ValueError{fmt::format("BatchNorm: momentum must lie in [0, 1], got {}\n  at {}", momentum_, place(where))};
}

Var BatchNorm::operator()(const Operand& x, const Pass& pass) const {
  const Call call{"BatchNorm", x};
  const std::size_t rank = x.shape().rank(), axis = rank == 2 ? 0 : 1;
  if (rank < 2) {
    throw ShapeError{
        refusal("BatchNorm",
                fmt::format("x must be (features, examples) or (examples, channels, …), got {}", to_string(x.shape())),
                {{"x", x}}, x.where())};
  }
  check_features("BatchNorm", x, axis, gamma);
  const std::source_location where = x.where();
  const Affine affine{call.spread(gamma, axis), call.spread(beta, axis)};
  if (!pass.training) {
    const Var mean = call.spread(running_mean, axis), variance = call.spread(running_variance, axis);
    return scaled(normalised(call.x(), mean, variance, epsilon_, where), affine, where);
  }
  const std::int64_t count = x.shape().elements() / x.shape()[axis];
  if (count < 2) {
    throw ShapeError{refusal("BatchNorm",
                             fmt::format("training needs at least two values of each feature in a batch, got {} in {}: "
                                         "the variance of one is 0, and the output would not depend on x",
                                         count, to_string(x.shape())),
                             {{"x", x}}, where)};
  }
  const Moments batch{call.x(), others(rank, axis), where};
  const double sample = static_cast<double>(count) / static_cast<double>(count - 1);
  update_running(running_mean, batch.mean, momentum_, where);
  update_running(running_variance, multiply(batch.variance, sample, where), momentum_, where);
  return scaled(normalised(call.x(), batch.mean, batch.variance, epsilon_, where), affine, where);
}

LayerNorm::LayerNorm(const LayerNormOptions& options, std::source_location where)
    : gamma{"gamma", filled({"LayerNorm", options.features, options.epsilon, options.dtype}, 1.0, where)},
      beta{"beta", Tensor::zeros({options.features}, options.dtype)},
      axis_{options.axis},
      epsilon_{options.epsilon} {}

Var LayerNorm::operator()(const Operand& x) const {
  const Call call{"LayerNorm", x};
  const std::size_t axis = position_of("LayerNorm", x, axis_);
  check_features("LayerNorm", x, axis, gamma);
  const Moments own{call.x(), {axis_}, x.where()};
  return scaled(normalised(call.x(), own.mean, own.variance, epsilon_, x.where()),
                {call.spread(gamma, axis), call.spread(beta, axis)}, x.where());
}

RmsNorm::RmsNorm(const LayerNormOptions& options, std::source_location where)
    : gamma{"gamma", filled({"RmsNorm", options.features, options.epsilon, options.dtype}, 1.0, where)},
      axis_{options.axis},
      epsilon_{options.epsilon} {}

Var RmsNorm::operator()(const Operand& x) const {
  const Call call{"RmsNorm", x};
  const std::size_t axis = position_of("RmsNorm", x, axis_);
  check_features("RmsNorm", x, axis, gamma);
  const std::source_location where = x.where();
  const Var squares = mean(square(call.x(), where), {.axis = axis_, .keepdims = true}, where);
  const Var root = sqrt(add(squares, epsilon_, where), where);
  return multiply(divide(call.x(), root, where), call.spread(gamma, axis), where);
}

GroupNorm::GroupNorm(const GroupNormOptions& options, std::source_location where)
    : gamma{"gamma", filled({"GroupNorm", options.features, options.epsilon, options.dtype}, 1.0, where)},
      beta{"beta", Tensor::zeros({options.features}, options.dtype)},
      groups_{options.groups},
      epsilon_{options.epsilon} {
  check_extent("GroupNorm", "groups", groups_, where);
  if (options.features % groups_ == 0) return;
  throw ValueError{fmt::format("GroupNorm: groups must divide features, got {} for {}\n  at {}", groups_,
                               options.features, place(where))};
}

Var GroupNorm::operator()(const Operand& x) const {
  const Call call{"GroupNorm", x};
  const Shape shape = x.shape();
  if (shape.rank() < 2) {
    throw ShapeError{refusal("GroupNorm", fmt::format("x must be (examples, channels, …), got {}", to_string(shape)),
                             {{"x", x}}, x.where())};
  }
  check_features("GroupNorm", x, 1, gamma);
  std::int64_t size = shape[1] / groups_;
  for (std::size_t i = 2; i < shape.rank(); ++i) size *= shape[i];
  const Var grouped = reshape(call.x(), {shape[0], groups_, size}, x.where());
  const Moments own{grouped, {2}, x.where()};
  const Var y = reshape(normalised(grouped, own.mean, own.variance, epsilon_, x.where()), shape, x.where());
  return scaled(y, {call.spread(gamma, 1), call.spread(beta, 1)}, x.where());
}

}  // namespace capstan::models
