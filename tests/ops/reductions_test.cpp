#include <capstan/ops/reductions.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("sum reduces along one axis, several or all") {
  Tape tape;
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Var x = tape.constant(counting({2, 3}, dtype));
    REQUIRE(elements(sum(x).value()) == Numbers{15});
    REQUIRE(sum(x).shape() == Shape{});
    REQUIRE(elements(sum(x, {.axis = 0}).value()) == Numbers{3, 5, 7});
    REQUIRE(elements(sum(x, {.axis = 1}).value()) == Numbers{3, 12});
    REQUIRE(elements(sum(x, {.axis = -1}).value()) == Numbers{3, 12});
    REQUIRE(elements(sum(x, {.axes = {0, 1}}).value()) == Numbers{15});
    REQUIRE(sum(x, {.axes = {}}).shape() == Shape{});
    REQUIRE(sum(x).dtype() == dtype);
  }
}

TEST_CASE("Reductions with keepdims leave extents of 1") {
  Tape tape;
  const Var x = tape.constant(counting({2, 3, 4}));
  REQUIRE(sum(x, {.axis = 1, .keepdims = true}).shape() == Shape{2, 1, 4});
  REQUIRE(mean(x, {.axes = {0, -1}, .keepdims = true}).shape() == Shape{1, 3, 1});
  REQUIRE(max(x, {.keepdims = true}).shape() == Shape{1, 1, 1});
  REQUIRE(min(x, {.axes = {2, 0}}).shape() == Shape{3});
  REQUIRE(elements(sum(x, {.axes = {0, -1}, .keepdims = true}).value()) == Numbers{60, 92, 124});
}

TEST_CASE("mean divides by how many elements there are") {
  Tape tape;
  const Var x = tape.constant(counting({2, 3}));
  REQUIRE(mean(x).item() == 2.5);
  REQUIRE(elements(mean(x, {.axis = 0}).value()) == Numbers{1.5, 2.5, 3.5});
  REQUIRE(elements(mean(x, {.axis = 1}).value()) == Numbers{1, 4});
}

TEST_CASE("max and min choose along their axes, infinities included") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({3.0, -infinity, 5.0, 2.0, infinity, 5.0}, {2, 3}));
  REQUIRE(elements(max(x, {.axis = 0}).value()) == Numbers{3, infinity, 5});
  REQUIRE(elements(min(x, {.axis = 1}).value()) == Numbers{-infinity, 2});
  REQUIRE(max(x).item() == infinity);
}

TEST_CASE("NaN goes through every reduction") {
  Tape tape;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Var x = tape.constant(Tensor::from({1.0, nan, 3.0, 4.0}, {2, 2}));
  for (const Var& y : {sum(x, {.axis = 0}), mean(x, {.axis = 0}), max(x, {.axis = 0}), min(x, {.axis = 0}),
                       variance(x, {.axis = 0})}) {
    REQUIRE_FALSE(std::isnan(y.value().at({0})));
    REQUIRE(std::isnan(y.value().at({1})));
  }
}

TEST_CASE("A sum of nothing is 0, a mean of nothing NaN") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({0, 3}));
  REQUIRE(elements(sum(x, {.axis = 0}).value()) == Numbers{0, 0, 0});
  REQUIRE(sum(x, {.axis = 1}).shape() == Shape{0});
  REQUIRE(sum(x).item() == 0.0);
  REQUIRE(std::isnan(mean(x).item()));
  REQUIRE(std::isnan(mean(x, {.axis = 0}).value().at({2})));
  REQUIRE(max(x, {.axis = 1}).value().shape() == Shape{0});
}

TEST_CASE("A reduction of a single number gives it back") {
  Tape tape;
  const Var x = tape.constant(Tensor::scalar(7.0));
  for (const Var& y : {sum(x), mean(x), max(x), min(x)}) REQUIRE(y.item() == 7.0);
  REQUIRE(variance(x).item() == 0.0);
}

TEST_CASE("A reduction of a view is that of its copy") {
  Tape tape;
  Rng rng{3};
  const Tensor memory = Tensor::normal({6, 5, 7}, rng, {.dtype = DType::f64});
  const Tensor view = memory.transpose({2, 0, 1}).slice({.axis = 1, .start = 1, .step = 2});
  for (const ReduceOptions& options : {ReduceOptions{}, ReduceOptions{.axis = 0}, ReduceOptions{.axis = 1},
                                       ReduceOptions{.axes = {0, 2}}, ReduceOptions{.axes = {1, 2}}}) {
    const std::vector<double> given = elements(sum(tape.constant(view), options).value());
    const std::vector<double> wanted = elements(sum(tape.constant(view.copy()), options).value());
    REQUIRE(given.size() == wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i) REQUIRE(std::fabs(given[i] - wanted[i]) < 1e-13);
    REQUIRE(elements(max(tape.constant(view), options).value()) ==
            elements(max(tape.constant(view.copy()), options).value()));
  }
  const Var repeated = broadcast_to(tape.constant(counting({3, 1})), {3, 4});
  REQUIRE(elements(sum(repeated, {.axis = 1}).value()) == Numbers{0, 4, 8});
  REQUIRE(elements(sum(repeated, {.axis = 0}).value()) == Numbers{3, 3, 3, 3});
}

TEST_CASE("variance divides by count minus correction") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0, 4.0, 9.0}, {4}));
  REQUIRE(variance(x).item() == Approx(9.5).epsilon(1e-15));
  REQUIRE(variance(x, {.correction = 1}).item() == Approx(38.0 / 3).epsilon(1e-15));
  REQUIRE(stddev(x).item() == Approx(std::sqrt(9.5)).epsilon(1e-15));
  REQUIRE(variance(x, {.keepdims = true}).shape() == Shape{1});
  REQUIRE(stddev(tape.constant(counting({2, 3})), {.axis = 0}).shape() == Shape{3});
  REQUIRE(std::isinf(variance(x, {.correction = 4}).item()));
  REQUIRE(std::isinf(variance(x, {.correction = 5}).item()));
  REQUIRE(std::isnan(variance(tape.constant(Tensor::ones({1})), {.correction = 1}).item()));
  REQUIRE(std::isnan(variance(tape.constant(Tensor::ones({0}))).item()));
}

TEST_CASE("variance does not cancel around a large mean") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1e8 + 1, 1e8 + 2, 1e8 + 3}, {3}));
  REQUIRE(variance(x).item() == Approx(2.0 / 3).epsilon(1e-12));
}

TEST_CASE("sum_to sums the axes along which a shape was broadcast") {
  Tape tape;
  const Var x = tape.constant(counting({2, 3}));
  REQUIRE(elements(sum_to(x, {3}).value()) == Numbers{3, 5, 7});
  REQUIRE(elements(sum_to(x, {1, 3}).value()) == Numbers{3, 5, 7});
  REQUIRE(elements(sum_to(x, {2, 1}).value()) == Numbers{3, 12});
  REQUIRE(sum_to(x, {}).item() == 15.0);
  REQUIRE(elements(sum_to(tape.constant(counting({2, 2, 2})), {2, 1}).value()) == Numbers{10, 18});
  REQUIRE(sum_to(tape.constant(Tensor::zeros({0, 3})), {1, 3}).value().at({0, 2}) == 0.0);
}

TEST_CASE("sum_to the shape that x has records nothing") {
  Tape tape;
  const Var x = tape.constant(counting({2, 3}));
  const std::size_t before = tape.size();
  REQUIRE(sum_to(x, {2, 3}).id() == x.id());
  REQUIRE(tape.size() == before);
}

TEST_CASE("Gradients of sums and means are the share of each element") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3}), "x");
  REQUIRE(elements(gradient(sum(x), x).value()) == Numbers{1, 1, 1, 1, 1, 1});
  REQUIRE(elements(gradient(mean(x), x).value()) == Numbers(6, 1.0 / 6));
  const Var dy = tape.constant(Tensor::from({10.0, 20.0}, {2}));
  REQUIRE(elements(gradient(sum(x, {.axis = 1}), x, dy).value()) == Numbers{10, 10, 10, 20, 20, 20});
  REQUIRE(elements(gradient(mean(x, {.axis = 1}), x, dy).value()) ==
          Numbers{10.0 / 3, 10.0 / 3, 10.0 / 3, 20.0 / 3, 20.0 / 3, 20.0 / 3});
}

TEST_CASE("The gradient of a sum along one axis of a square lies along the right axis") {
  Tape tape;
  const Var x = tape.variable(counting({2, 2}), "x");
  const Var dy = tape.constant(Tensor::from({10.0, 20.0}, {2}));
  REQUIRE(elements(gradient(sum(x, {.axis = 0}), x, dy).value()) == Numbers{10, 20, 10, 20});
  REQUIRE(elements(gradient(sum(x, {.axis = 1}), x, dy).value()) == Numbers{10, 10, 20, 20});
}

TEST_CASE("max and min share their gradient equally among ties") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, 7.0, 7.0, 7.0, 2.0, 2.0}, {2, 3}), "x");
  REQUIRE(elements(gradient(max(x, {.axis = 1}), x).value()) == Numbers{0, 0.5, 0.5, 1, 0, 0});
  REQUIRE(elements(gradient(min(x, {.axis = 1}), x).value()) == Numbers{1, 0, 0, 0, 0.5, 0.5});
  REQUIRE(elements(gradient(max(x), x).value()) == Numbers{0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0});
  REQUIRE(elements(gradient(max(x, {.axis = 0, .keepdims = true}), x).value()) == Numbers{0, 1, 1, 1, 0, 0});
}

TEST_CASE("Gradients of reductions agree with central differences, at first and second order") {
  Rng rng{5};
  const Tensor x = Tensor::normal({3, 4, 2}, rng, {.dtype = DType::f64});
  const auto functions = std::vector<std::function<Var(const Var&)>>{
      [](const Var& v) { return sum(v * v, {.axes = {0, 2}}); },
      [](const Var& v) { return mean(v * v * v, {.axis = 1, .keepdims = true}); },
      [](const Var& v) { return max(v * v, {.axis = 1}); },
      [](const Var& v) { return min(v * v, {.axes = {0, 1}}); },
      [](const Var& v) { return variance(v, {.axes = {0, 1}, .correction = 1}); },
      [](const Var& v) { return stddev(v, {.axis = -1, .keepdims = true}); },
      [](const Var& v) { return sum_to(v * v, {4, 1}); },
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function " << i);
    check_orders([&](std::span<const Var> in) { return functions[i](in[0]); }, {x});
  }
}

TEST_CASE("A refused reduction says why and leaves no trace") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3}), "x");
  const Var whole = tape.constant(Tensor::zeros({2}, DType::i32));
  const Var none = tape.constant(Tensor::zeros({2, 0}));
  const std::size_t before = tape.size();
  using Catch::ContainsSubstring;
  REQUIRE_THROWS_AS(sum(x, {.axis = 2}), IndexError);
  REQUIRE_THROWS_WITH(sum(x, {.axis = 2}),
                      ContainsSubstring("sum: axis 2 is out of range for rank 2\n  x: variable \"x\" (2, 3)") &&
                          ContainsSubstring("reductions_test.cpp:"));
  REQUIRE_THROWS_WITH(mean(x, {.axis = -3}), ContainsSubstring("mean: axis -3 is out of range for rank 2"));
  REQUIRE_THROWS_AS(max(x, {.axes = {1, -1}}), IndexError);
  REQUIRE_THROWS_WITH(max(x, {.axes = {1, -1}}), ContainsSubstring("max: axis -1 is named twice"));
  REQUIRE_THROWS_AS(sum(x, {.axis = 0, .axes = {1}}), ValueError);
  REQUIRE_THROWS_WITH(sum(x, {.axis = 0, .axes = {1}}),
                      ContainsSubstring("sum: give axis or axes, not both\n  x: variable \"x\" (2, 3)"));
  REQUIRE_THROWS_AS(sum(whole), DTypeError);
  REQUIRE_THROWS_WITH(sum(whole), ContainsSubstring("sum: operands must be f32 or f64, got i32"));
  REQUIRE_THROWS_AS(max(none, {.axis = 1}), ShapeError);
  REQUIRE_THROWS_WITH(min(none),
                      ContainsSubstring("min: the reduced axes must have at least one element, got extent 0") &&
                          ContainsSubstring("(2, 0)"));
  REQUIRE_THROWS_AS(variance(x, {.correction = -1}), ValueError);
  REQUIRE_THROWS_WITH(stddev(x, {.correction = -1}),
                      ContainsSubstring("stddev: correction must not be negative, got -1"));
  REQUIRE_THROWS_AS(variance(x, {.axis = 5}), IndexError);
  REQUIRE_THROWS_WITH(variance(x, {.axis = 5}),
                      ContainsSubstring("variance: axis 5 is out of range for rank 2\n  x: variable \"x\" (2, 3)") &&
                          ContainsSubstring("reductions_test.cpp:"));
  REQUIRE_THROWS_WITH(stddev(x, {.axes = {0, -2}}), ContainsSubstring("stddev: axis -2 is named twice"));
  REQUIRE_THROWS_AS(variance(x, {.axis = 0, .axes = {1}}), ValueError);
  REQUIRE_THROWS_WITH(variance(x, {.axis = 0, .axes = {1}}),
                      ContainsSubstring("variance: give axis or axes, not both\n  x: variable \"x\" (2, 3)"));
  REQUIRE_THROWS_AS(stddev(whole), DTypeError);
  REQUIRE_THROWS_WITH(stddev(whole), ContainsSubstring("stddev: operands must be f32 or f64, got i32"));
  REQUIRE_THROWS_AS(sum_to(x, {2}), ShapeError);
  REQUIRE_THROWS_WITH(sum_to(x, {2}), ContainsSubstring("sum_to: shape (2) does not broadcast to (2, 3)"));
  REQUIRE_THROWS_AS(sum_to(x, {1, 2, 3}), ShapeError);
  REQUIRE_THROWS_AS(sum_to(whole, {1}), DTypeError);
  REQUIRE(tape.size() == before);
}

TEST_CASE("More than eight axes are refused where they are written") {
  using Catch::ContainsSubstring;
  REQUIRE_THROWS_AS((Axes{0, 1, 2, 3, 4, 5, 6, 7, 8}), ShapeError);
  REQUIRE_THROWS_WITH((Axes{0, 1, 2, 3, 4, 5, 6, 7, 8}), ContainsSubstring("a tensor has at most 8 axes, got 9") &&
                                                             ContainsSubstring("reductions_test.cpp:"));
}
