// What gradient(y, …) takes: Vars, parameters, and lists of them.
#include <concepts>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

const auto f64 = [](double value) { return Tensor::full({3}, value, DType::f64); };

}  // namespace

TEST_CASE("gradient with respect to a parameter is that of its leaf, and can be differentiated again") {
  Tape tape;
  const Parameter W{"W", f64(3.0)};
  const Var x = tape.constant(f64(2.0));
  const Var y = sum(W * x * W * W);
  const Var dW = gradient(y, W);
  CHECK(dW.value().at({1}) == 54.0);
  CHECK(dW.value().at({1}) == gradient(y, tape.parameter(W)).value().at({1}));
  CHECK(gradient(sum(dW), W).value().at({1}) == 36.0);
  const Var squares = W * x * W;
  CHECK(gradient(squares, W, tape.constant(f64(0.5))).value().at({0}) == 6.0);
}

TEST_CASE("gradient with respect to a parameter that the tape does not know is zeros") {
  Tape tape;
  const Parameter apart{"apart", Tensor::ones({2, 2}, DType::f64)};
  const Var x = tape.variable(f64(2.0), "x");
  for (int step = 0; step < 3; ++step) {
    const Tensor none = gradient(sum(x * x), apart).value();
    CHECK(none.shape() == Shape{2, 2});
    CHECK(none.at({1, 1}) == 0.0);
  }
}

TEST_CASE("gradient of a list gives one each, in the list's order") {
  Tape tape;
  const Parameter W{"W", f64(3.0)}, U{"U", f64(5.0)};
  const Var x = tape.variable(f64(2.0), "x");
  const Var h = W * x;
  const Var y = sum(h * h + U * x);
  const auto expect = [](const std::vector<Var>& found, const std::vector<double>& values) {
    REQUIRE(found.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(found[i].value().at({2}) == values[i]);
  };
  expect(gradient(y, {x, W, h, U}), {41.0, 24.0, 12.0, 2.0});
  expect(gradient(y, {W, U}), {24.0, 2.0});
  expect(gradient(y, {x}), {41.0});
  expect(gradient(y, {W}), {24.0});
  expect(gradient(y, std::vector<Var>{h, x}), {12.0, 41.0});
  expect(gradient(y, std::vector<Parameter>{U, W}), {2.0, 24.0});
  expect(gradient(y, std::vector<Parameter>{}), {});
  static_assert(std::same_as<decltype(gradient(y, {x})), std::vector<Var>>);
  static_assert(std::same_as<decltype(gradient(y, x)), Var>);
}

TEST_CASE("repeated steps that ask for gradients of parameters record over the same nodes") {
  Tape tape;
  Parameter W{"W", f64(1.0)};
  std::size_t nodes = 0;
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    const Var y = sum(W * tape.constant(f64(2.0)) * W);
    const std::vector<Var> dW = gradient(y, {W, W});
    CHECK(dW[0].value().at({0}) == 4.0 * (step + 1));
    CHECK(dW[1].value().at({0}) == 4.0 * (step + 1));
    if (step == 0) nodes = tape.size();
    CHECK(tape.size() == nodes);
    W.assign(f64(step + 2.0));
  }
}

TEST_CASE("a list with something else in it is refused as a whole, by place and line") {
  Tape tape;
  const Parameter W{"W", f64(3.0)};
  const Var x = tape.variable(f64(2.0), "x");
  const Var y = sum(x * x);
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(gradient(y, {x, f64(1.0)}), ValueError);
  REQUIRE_THROWS_WITH(gradient(y, {W, f64(1.0)}),
                      ContainsSubstring("gradient: x 2 must be a Var or a Parameter\n  x 2: tensor (3)\n  at "
                                        "gradient_targets_test.cpp:"));
  REQUIRE_THROWS_AS(gradient(y, {W, x, 2.0}), ValueError);
  REQUIRE_THROWS_AS(gradient(y, {x, Var{}}), StaleVarError);
  REQUIRE_THROWS_AS(gradient(Var{}, W), StaleVarError);
  REQUIRE_THROWS_AS(gradient(Var{}, {W, W}), StaleVarError);
  CHECK(tape.size() == before);
  Tape inference{{.inference = true}};
  const Var z = sum(inference.constant(f64(1.0)));
  REQUIRE_THROWS_AS(gradient(z, W), ValueError);
  REQUIRE_THROWS_AS(gradient(z, {W, z}), ValueError);
  CHECK(inference.size() == 2);
  tape.rewind();
  REQUIRE_THROWS_AS(gradient(y, W), StaleVarError);
  CHECK(tape.size() == 0);
}
