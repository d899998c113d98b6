#include <capstan/ops/cast.hpp>

#include <cmath>
#include <limits>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("cast keeps the numbers and changes the dtype") {
  Tape tape;
  const Var wide = tape.constant(Tensor::from({1.5, -2.0, 1e300, -1e-300}, {4}));
  const Tensor narrow = cast(wide, DType::f32).value();
  REQUIRE(narrow.dtype() == DType::f32);
  REQUIRE(narrow.at({0}) == 1.5);
  REQUIRE(std::isinf(narrow.at({2})));
  REQUIRE(narrow.at({3}) == 0.0);
  const Var third = tape.constant(Tensor::full({1}, 1.0 / 3));
  REQUIRE(cast(third, DType::f64).item() == static_cast<double>(1.0f / 3));
  const Var labels = tape.constant(Tensor::from({3, -7}, {2}));
  REQUIRE(cast(labels, DType::f32).value().at({1}) == -7.0);
  REQUIRE(cast(labels, DType::f64).value().at({0}) == 3.0);
}

TEST_CASE("cast reads views") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}));
  REQUIRE(cast(transpose(x), DType::f32).value().at({0, 1}) == 3.0);
}

TEST_CASE("cast to i32 cuts fractions off") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.9, -1.9, 2147483647.5, -2147483648.5, -0.5}, {5}));
  const Tensor whole = cast(x, DType::i32).value();
  REQUIRE(whole.dtype() == DType::i32);
  REQUIRE(whole.at({0}) == 1.0);
  REQUIRE(whole.at({1}) == -1.0);
  REQUIRE(whole.at({2}) == 2147483647.0);
  REQUIRE(whole.at({3}) == -2147483648.0);
  REQUIRE(whole.at({4}) == 0.0);
}

TEST_CASE("cast refuses what i32 cannot hold when the value is computed") {
  using Catch::ContainsSubstring;
  for (const double bad : {2147483648.0, -2147483649.0, 1e30, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      if (dtype == DType::f32 && bad == -2147483649.0) continue;  // f32 rounds it to a number that i32 holds
      Tape tape;
      const Var y = cast(tape.constant(Tensor::from({1.0, bad}, {1, 2}).cast(dtype)), DType::i32);
      REQUIRE_THROWS_AS(y.value(), ValueError);
      REQUIRE_THROWS_WITH(y.value(), ContainsSubstring("cast: i32 cannot hold") &&
                                         ContainsSubstring("element 1 of x") && ContainsSubstring("(1, 2)") &&
                                         ContainsSubstring("cast_test.cpp:"));
    }
  }
}

TEST_CASE("cast to the dtype that x has records nothing") {
  Tape tape;
  const Var x = tape.constant(Tensor::ones({2}));
  const std::size_t before = tape.size();
  REQUIRE(cast(x, DType::f32).id() == x.id());
  REQUIRE(tape.size() == before);
}

TEST_CASE("The gradient of cast is cast back, and none passes through i32") {
  Tape tape;
  const Var x = tape.variable(Tensor::full({2}, 3.0), "x");
  const Var y = cast(x, DType::f64);
  const Tensor dx = gradient(sum(y * y), x).value();
  REQUIRE(dx.dtype() == DType::f32);
  REQUIRE(dx.at({1}) == 6.0);
  const Var through = sum(x * cast(cast(x, DType::i32), DType::f32));
  REQUIRE(gradient(through, x).value().at({0}) == 3.0);
}
