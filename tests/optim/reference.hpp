// How an optimizer is compared with a reference: the formulas of its paper, written as plain loops over doubles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

namespace reference {

using Numbers = std::vector<double>;

inline const Numbers start{2.0, -1.5, 0.25, 3.0, -0.5, 1.0, -2.0};

inline capstan::Tensor tensor(const Numbers& numbers) {
  return capstan::Tensor::from(std::span<const double>(numbers), {std::ssize(numbers)});
}

inline Numbers list(const capstan::Tensor& x) {
  const capstan::Tensor f64 = x.cast(capstan::DType::f64);
  const auto elements = f64.data<double>();
  return {elements.begin(), elements.end()};
}

/// The largest difference, in parts of the largest number expected.
inline double relative_difference(const Numbers& found, const Numbers& expected) {
  double difference = 0.0, size = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::fabs(found[i] - expected[i]));
    size = std::max(size, std::fabs(expected[i]));
  }
  return difference / size;
}

/// Slopes of a step: noise, so that no gradient becomes small.
inline Numbers noise(std::uint64_t step) {
  capstan::Rng rng{step};
  return list(capstan::Tensor::normal({std::ssize(start)}, rng, {.dtype = capstan::DType::f64}));
}

/// Gradients of Σ slope·p + curvature·p²/2.
constexpr double curvature = 0.3;
inline capstan::Var cost(capstan::Tape& tape, const capstan::Parameter& p, const Numbers& slopes) {
  return sum(p * tape.constant(tensor(slopes).cast(p.dtype()))) + sum(square(tape.parameter(p))) * (curvature / 2.0);
}
inline Numbers gradient(const Numbers& p, const Numbers& slopes) {
  Numbers g;
  for (std::size_t i = 0; i < p.size(); ++i) g.push_back(slopes[i] + curvature * p[i]);
  return g;
}

/// Takes so many steps, and compares after each. One parameter has a gradient in two steps of three only, and a learning
/// rate and a weight decay of its own; the learning rate is halved on the way. A Reference is made of options and the
/// start, and has `options`, `p` and `step(gradient)`.
template <class Optimizer, class Reference, class Options>
void compare(Options options, int steps, double tolerance, capstan::DType dtype) {
  const double own_rate = 0.4 * options.learning_rate, own_decay = 0.02;
  Options of_b = options;
  of_b.learning_rate = own_rate;
  of_b.weight_decay = own_decay;
  options.groups = {{.names = {"b"}, .learning_rate = own_rate, .weight_decay = own_decay}};
  const capstan::Parameter w{"w", tensor(start).cast(dtype)}, b{"b", tensor(start).cast(dtype)};
  Optimizer descent{{w, b}, options};
  Reference expected_w{options, start}, expected_b{of_b, start};
  capstan::Tape tape;
  double largest = 0.0;
  for (int step = 0; step < steps; ++step) {
    if (step == steps / 2) {
      descent.set_learning_rate(options.learning_rate / 2.0);
      expected_w.options.learning_rate = options.learning_rate / 2.0;
      expected_b.options.learning_rate = own_rate / 2.0;
    }
    const auto seed = static_cast<std::uint64_t>(step);
    const Numbers of_w_now = noise(2 * seed), of_b_now = noise(2 * seed + 1);
    tape.rewind();
    const bool both = step % 3 != 1;
    const capstan::Var first = cost(tape, w, of_w_now);
    descent.step(tape.backward(both ? first + cost(tape, b, of_b_now) : first));
    expected_w.step(gradient(expected_w.p, of_w_now));
    if (both) expected_b.step(gradient(expected_b.p, of_b_now));
    largest = std::max({largest, relative_difference(list(w.value()), expected_w.p),
                        relative_difference(list(b.value()), expected_b.p)});
  }
  CHECK(relative_difference(expected_w.p, start) > 1e-3);  // it has moved
  CHECK(largest < tolerance);
}

/// 1,000 steps in double to 1e-10, and 200 in float.
template <class Optimizer, class Reference, class Options>
void compare(const std::vector<Options>& variants) {
  for (std::size_t i = 0; i < variants.size(); ++i) {
    INFO("variant " << i);
    compare<Optimizer, Reference>(variants[i], 1000, 1e-10, capstan::DType::f64);
    compare<Optimizer, Reference>(variants[i], 200, 1e-4, capstan::DType::f32);
  }
}

/// Options that are refused with a ValueError of this text, before the parameter is touched.
template <class Optimizer, class Options>
void check_refused(const Options& options, const std::string& text) {
  INFO(text);
  const capstan::Parameter p{"p", tensor(start)};
  CHECK_THROWS_AS(Optimizer({p}, options), capstan::ValueError);
  CHECK_THROWS_WITH(Optimizer({p}, options), Catch::ContainsSubstring(text));
  CHECK(p.version() == 0);
}

}  // namespace reference
