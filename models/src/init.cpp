#include <capstan/models/init.hpp>

#include <cmath>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::init {

namespace {

/// The number of inputs of each output, and the number of outputs of each input.
struct Fans {
  double inputs, outputs;
};

Fans fans(std::string_view name, const Shape& shape) {
  if (shape.rank() < 2) {
    throw ShapeError{fmt::format("init::{}: a weight must have at least two axes, (outputs, inputs), got {}", name,
                                 to_string(shape))};
  }
  double field = 1.0;
  for (std::size_t axis = 2; axis < shape.rank(); ++axis) field *= static_cast<double>(shape[axis]);
  return {static_cast<double>(shape[1]) * field, static_cast<double>(shape[0]) * field};
}

}  // namespace

Initializer zeros() {
  return [](const Shape& shape, Rng&, DType dtype) { return Tensor::zeros(shape, dtype); };
}

Initializer normal(double stddev, std::source_location where) {
  if (!std::isfinite(stddev) || stddev < 0.0) {
    throw ValueError{
        fmt::format("init::normal: stddev must be finite and not negative, got {}\n  at {}", stddev, place(where))};
  }
  return [stddev](const Shape& shape, Rng& rng, DType dtype) {
    return Tensor::normal(shape, rng, {.stddev = stddev, .dtype = dtype});
  };
}

Initializer uniform(double low, double high, std::source_location where) {
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
    throw ValueError{
        fmt::format("init::uniform: low and high must be finite, and low not above high, got {} and {}"
                    "\n  at {}",
                    low, high, place(where))};
  }
  return [low, high](const Shape& shape, Rng& rng, DType dtype) {
    return Tensor::uniform(shape, rng, {.low = low, .high = high, .dtype = dtype});
  };
}

Initializer he() {
  return [](const Shape& shape, Rng& rng, DType dtype) {
    const double stddev = std::sqrt(2.0 / fans("he", shape).inputs);
    return Tensor::normal(shape, rng, {.stddev = stddev, .dtype = dtype});
  };
}

Initializer xavier() {
  return [](const Shape& shape, Rng& rng, DType dtype) {
    const auto [inputs, outputs] = fans("xavier", shape);
    const double limit = std::sqrt(6.0 / (inputs + outputs));
    return Tensor::uniform(shape, rng, {.low = -limit, .high = limit, .dtype = dtype});
  };
}

}  // namespace capstan::init
