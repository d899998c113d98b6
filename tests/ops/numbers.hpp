// What tests of reductions, views and losses share: arrays of known numbers, and checks of gradients at two orders.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

namespace capstan {

using Numbers = std::vector<double>;

/// The elements in row-major order.
inline Numbers elements(const Tensor& x) {
  const Tensor wide = x.cast(DType::f64);
  const auto data = wide.data<double>();
  return {data.begin(), data.end()};
}

/// 0, 1, 2, … in a shape.
inline Tensor counting(const Shape& shape, DType dtype = DType::f64) {
  Numbers numbers(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i);
  return Tensor::from(std::span<const double>(numbers), shape).cast(dtype);
}

/// (1, n).
inline Tensor row(std::initializer_list<double> numbers) {
  return Tensor::from(numbers, {1, static_cast<std::int64_t>(numbers.size())});
}

/// Whether an op of that name was recorded.
inline bool is_on(const Tape& tape, std::string_view op) {
  for (std::uint32_t id = 0; id < tape.size(); ++id) {
    if (tape.node(id).op() == op) return true;
  }
  return false;
}

/// Checks the gradients of f, and those of the gradient of Σ f² by each input, against central differences.
inline void check_orders(const std::function<Var(std::span<const Var>)>& f, const std::vector<Tensor>& inputs) {
  const GradientReport first = check_gradient(f, inputs, {.tolerance = 1e-7});
  INFO(to_string(first));
  REQUIRE(first.passed());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const GradientReport second = check_gradient(
        [&](std::span<const Var> in) {
          const Var y = f(in);
          return gradient(sum(y * y), in[i]);
        },
        inputs, {.tolerance = 1e-7});
    INFO("second order, first by input " << i << ": " << to_string(second));
    REQUIRE(second.passed());
  }
}

}  // namespace capstan
