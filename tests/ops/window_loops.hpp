// What tests of windows, padding and pooling share: positions of a shape, and elements by position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/shape.hpp>

#include "numbers.hpp"

namespace capstan {

using Position = std::vector<std::int64_t>;

/// Calls f(position, its number) for all positions of a shape, in row-major order.
template <class F>
void each_position(const Shape& shape, F f) {
  Position at(shape.rank(), 0);
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    std::int64_t rest = i;
    for (std::size_t k = shape.rank(); k-- > 0; rest /= shape[k]) at[k] = rest % shape[k];
    f(at, static_cast<std::size_t>(i));
  }
}

/// The number of a position in row-major order.
inline std::size_t number_of(const Position& at, const Shape& shape) {
  std::int64_t number = 0;
  for (std::size_t k = 0; k < shape.rank(); ++k) number = number * shape[k] + at[k];
  return static_cast<std::size_t>(number);
}

/// A whole number from low to high.
inline std::int64_t draw(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

/// Requires what a function of x gives, and the gradient of x for some dy, to be these.
template <class F>
void check_with_gradient(F f, const Tensor& input, const Numbers& value,
                         const std::function<Numbers(const Numbers&)>& gradient_for, double tolerance = 1e-12) {
  Tape tape;
  const Var x = tape.variable(input, "x");
  const Var y = f(x);
  const auto same = [tolerance](const Numbers& got, const Numbers& expected) {
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      INFO("element " << i << ": " << got[i] << ", expected " << expected[i]);
      REQUIRE(std::abs(got[i] - expected[i]) <= tolerance);
    }
  };
  same(elements(y.value()), value);
  Rng rng{5};
  const Tensor dy = Tensor::normal(y.shape(), rng, {.dtype = DType::f64});
  same(elements(gradient(y, x, tape.constant(dy)).value()), gradient_for(elements(dy)));
}

}  // namespace capstan
