// Variance and standard deviation of extreme numbers. Ordinary ones are in reductions_test.cpp and the table of samples.
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Sizes whose squares, or sums of squares, overflow, vanish or are denormal in the dtype, and ordinary ones.
Numbers sizes(DType dtype) {
  if (dtype == DType::f64) return {1.7e308, 1e200, 1.3e154, 1e154, 3.0, 1e-140, 1e-154, 1e-162, 1e-200, 1e-300};
  return {3.4e38, 1e30, 1.8e19, 1e19, 3.0, 1e-12, 1e-19, 1e-22, 1e-30, 1e-35};
}

double epsilon(DType dtype) { return dtype == DType::f64 ? 1e-14 : 1e-6; }

/// Four of the size and four of its opposite: mean 0, standard deviation the size.
Tensor around_zero(double size, DType dtype) {
  Tensor x = Tensor::full({2, 4}, size, dtype);
  for (std::int64_t j = 0; j < 4; ++j) x.set({1, j}, -size);
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("stddev is right from the smallest to the largest numbers", "", float, double) {
  constexpr DType dtype = dtype_of<TestType>();
  for (const double size : sizes(dtype)) {
    CAPTURE(size);
    Tape tape;
    const Tensor x = around_zero(size, dtype);
    const Tensor half = Tensor::from({size, 0.0, 0.5 * size, 0.5 * size}, {4}).cast(dtype);
    const auto is_size = Approx(x.at({0, 0})).epsilon(epsilon(dtype));
    CHECK(stddev(tape.constant(x)).item() == is_size);
    CHECK(stddev(tape.constant(x.transpose())).item() == is_size);
    CHECK(stddev(tape.constant(half)).item() == Approx(size / std::sqrt(8.0)).epsilon(epsilon(dtype)));
    CHECK(stddev(tape.constant(half), {.correction = 1}).item() ==
          Approx(size / std::sqrt(6.0)).epsilon(epsilon(dtype)));
  }
}

TEMPLATE_TEST_CASE("variance is right wherever it is a number of the dtype", "", float, double) {
  constexpr DType dtype = dtype_of<TestType>();
  const double largest = std::numeric_limits<TestType>::max(), smallest = std::numeric_limits<TestType>::denorm_min();
  for (const double size : sizes(dtype)) {
    CAPTURE(size);
    Tape tape;
    const double right = size * size, got = variance(tape.constant(around_zero(size, dtype))).item();
    if (right > largest) {
      CHECK(got == infinity);
    } else {
      CHECK(std::fabs(got - right) <= epsilon(dtype) * right + smallest);
    }
  }
}

TEMPLATE_TEST_CASE("Extreme rows and ordinary ones stand beside each other, along any axes and in any layout", "",
                   float, double) {
  constexpr DType dtype = dtype_of<TestType>();
  const double huge = std::is_same_v<TestType, float> ? 1e30 : 1e300, tiny = 1 / huge;
  Tape tape;
  const Tensor rows =
      Tensor::from({huge, -huge, huge, -huge, 1.0, 2.0, 3.0, 4.0, tiny, -tiny, tiny, -tiny, 7.0, 7.0, 7.0, 7.0}, {4, 4})
          .cast(dtype);
  const Numbers right{huge, std::sqrt(1.25), tiny, 0.0};
  const Tensor columns = rows.transpose().copy();
  const Tensor apart = rows.reshape({4, 2, 2}).transpose({1, 0, 2}).copy();
  for (const Var& y : {stddev(tape.constant(rows), {.axis = 1}), stddev(tape.constant(rows.transpose()), {.axis = 0}),
                       stddev(tape.constant(columns), {.axis = 0, .keepdims = true}),
                       stddev(tape.constant(columns.transpose()), {.axis = -1, .keepdims = true}),
                       stddev(tape.constant(apart), {.axes = {0, 2}})}) {
    const std::vector<double> got = elements(y.value());
    REQUIRE(got.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(got[i] == Approx(right[i]).epsilon(epsilon(dtype)));
  }
}

TEMPLATE_TEST_CASE("The gradient of stddev is right where squares overflow or vanish", "", float, double) {
  constexpr DType dtype = dtype_of<TestType>();
  for (const double size : sizes(dtype)) {
    CAPTURE(size);
    Tape tape;
    const Var x = tape.variable(around_zero(size, dtype), "x");
    const Gradients g = tape.backward(stddev(x));
    CHECK(g[x].at({0, 2}) == Approx(0.125).epsilon(epsilon(dtype)));
    CHECK(g[x].at({1, 3}) == Approx(-0.125).epsilon(epsilon(dtype)));
  }
}

TEMPLATE_TEST_CASE("The gradient of variance is right wherever it is a number of the dtype", "", float, double) {
  constexpr DType dtype = dtype_of<TestType>();
  for (const double size : sizes(dtype)) {
    CAPTURE(size);
    Tape tape;
    const Var x = tape.variable(around_zero(size, dtype), "x");
    const Tensor dx = gradient(variance(x), x).value();
    CHECK(dx.at({0, 2}) == Approx(size / 4.0).epsilon(epsilon(dtype)));
    CHECK(dx.at({1, 3}) == Approx(-size / 4.0).epsilon(epsilon(dtype)));
  }
}

TEST_CASE("A mean whose sum overflows does not spoil the spread around it, nor the gradient") {
  const double far = 1.7e308, step = 1e295;
  Tape tape;
  const Var x = tape.variable(Tensor::from({far - step, far, far + step}, {3}), "x");
  CHECK(stddev(x).item() == Approx(std::sqrt(2.0 / 3.0) * step).epsilon(1e-2));
  CHECK(gradient(stddev(x), x).value().at({2}) == Approx(1.0 / std::sqrt(6.0)).epsilon(1e-2));
  const Var constant = tape.constant(Tensor::full({1000}, 3.4e38));
  CHECK(variance(constant).item() == 0.0);
  CHECK(stddev(constant).item() == 0.0);
}

TEST_CASE("The second derivative of stddev is right where squares overflow or vanish") {
  // y = |a − b|/2 for two numbers; of three, y is homogeneous of degree 1, and its second derivatives of degree −1.
  const auto curvature = [](double size) {
    Tape tape;
    const Var x = tape.variable(Tensor::from({size, -size, 0.5 * size}, {3}), "x");
    const Var weights = tape.constant(Tensor::from({1.0, 2.0, -1.0}, {3}));
    const Var slope = gradient(stddev(x), x);
    return gradient(sum(slope * weights), x).value().at({2}) * size;
  };
  const double ordinary = curvature(1.0);
  REQUIRE(std::fabs(ordinary) > 0.01);
  for (const double size : {1e200, 1e155, 1e-155, 1e-200}) CHECK(curvature(size) == Approx(ordinary).epsilon(1e-12));
}

TEST_CASE("NaN and infinities go through variance and stddev") {
  Tape tape;
  for (const double special : {infinity, -infinity, std::nan("")}) {
    const Var x = tape.constant(Tensor::from({1.0, special, 2.0}, {3}));
    CHECK(std::isnan(variance(x).item()));
    CHECK(std::isnan(stddev(x).item()));
  }
}
