// Losses of two arrays of one shape; those over classes are in class_losses_test.cpp.
#include <capstan/ops/losses.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("binary_cross_entropy is the textbook formula") {
  Tape tape;
  const Var p = tape.constant(row({0.2, 0.7, 0.5})), y = tape.constant(row({1, 0, 0.25}));
  const Numbers wanted{-std::log(0.2), -std::log(0.3), std::log(2.0)};
  const Numbers given = elements(binary_cross_entropy(p, y, {.reduction = Reduction::none}).value());
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(given[i] == Approx(wanted[i]).epsilon(1e-14));
  REQUIRE(binary_cross_entropy(p, y).item() == Approx((wanted[0] + wanted[1] + wanted[2]) / 3).epsilon(1e-14));
  REQUIRE(binary_cross_entropy(p, y, {.reduction = Reduction::sum}).item() ==
          Approx(wanted[0] + wanted[1] + wanted[2]).epsilon(1e-14));
  REQUIRE(binary_cross_entropy(p, y).shape() == Shape{});
  REQUIRE(binary_cross_entropy(p, y, {.reduction = Reduction::none}).shape() == Shape{1, 3});
}

TEST_CASE("binary_cross_entropy cuts its logarithms at -100 and its slope at p(1 - p) = 1e-12") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Var p = tape.variable(row({0, 1, 0, 1}).cast(dtype), "p");
    const Var loss = binary_cross_entropy(p, row({1, 0, 0, 1}).cast(dtype), {.reduction = Reduction::none});
    REQUIRE(elements(loss.value()) == Numbers{100, 100, 0, 0});
    const Numbers slope = elements(gradient(loss, p).value());
    REQUIRE(slope[0] == Approx(-1e12));
    REQUIRE(slope[1] == Approx(1e12));
    REQUIRE(slope[2] == 0.0);
    REQUIRE(slope[3] == 0.0);
  }
}

TEST_CASE("binary_cross_entropy outside 0 to 1, and of NaN, is NaN") {
  Tape tape;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Var p = tape.constant(row({-0.1, 1.1, nan, 0.5}));
  const Tensor loss = binary_cross_entropy(p, row({1, 0, 0, nan}), {.reduction = Reduction::none}).value();
  for (std::int64_t i = 0; i < 4; ++i) REQUIRE(std::isnan(loss.at({0, i})));
}

TEST_CASE("Targets outside 0 to 1 are refused by value and place") {
  Tape tape;
  const Var x = tape.variable(row({0.2, 0.4, 0.6}), "x");
  const std::string wanted = "y must lie in [0, 1], got -1 at (0, 1)";
  REQUIRE_THROWS_WITH(binary_cross_entropy(x, row({1, -1, 2})), Catch::Contains(wanted));
  REQUIRE_THROWS_WITH(binary_cross_entropy_with_logits(x, row({1, -1, 2})), Catch::Contains(wanted));
  const Tensor labels = Tensor::from({1.0, 0.0, 1.0, 1.5, 0.0, 0.0}, {3, 2});
  const Var z = tape.variable(Tensor::zeros({2, 3}, DType::f64), "z");
  REQUIRE_THROWS_AS(binary_cross_entropy_with_logits(z, labels.transpose()), ValueError);
  REQUIRE_THROWS_WITH(binary_cross_entropy_with_logits(z, labels.transpose()), Catch::Contains("got 1.5 at (1, 1)"));
  REQUIRE(tape.size() == 2);
}

TEST_CASE("After sigmoid the form on logits is recorded: dZ = (A - Y)/m to rounding") {
  Rng rng{31};
  const std::int64_t m = 50;
  const Tensor z0 = Tensor::normal({1, m}, rng, {.stddev = 20, .dtype = DType::f64});
  Tensor y = Tensor::zeros({1, m}, DType::f64);
  for (std::int64_t i = 0; i < m; ++i) y.set({0, i}, rng.uniform() < 0.5 ? 0.0 : 1.0);
  Tape tape;
  const Var z = tape.variable(z0, "z");
  const Var a = sigmoid(z);
  const Var cost = binary_cross_entropy(a, y);
  const Gradients g = tape.backward(cost);
  for (std::int64_t i = 0; i < m; ++i) {
    const double wanted = (a.value().at({0, i}) - y.at({0, i})) / static_cast<double>(m);
    REQUIRE(std::fabs(g[z].at({0, i}) - wanted) <= 1e-17);
  }
  REQUIRE(is_on(tape, "binary_cross_entropy_of_sigmoid"));
  REQUIRE_FALSE(is_on(tape, "binary_cross_entropy"));
  REQUIRE(binary_cross_entropy_with_logits(z, y).item() == cost.item());
}

TEST_CASE("The gradient by what sigmoid made is the textbook's dA, and leads on to dZ") {
  Rng rng{32};
  const Tensor z0 = Tensor::normal({1, 6}, rng, {.dtype = DType::f64});
  const Tensor y = row({1, 0, 0, 1, 0.25, 1});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    Tape tape;
    const Var z = tape.variable(z0, "z"), a = sigmoid(z);
    const Var loss = binary_cross_entropy(a, y, {.reduction = reduction});
    const double m = reduction == Reduction::mean ? 6.0 : 1.0;
    const Var da = gradient(loss, a);
    const Numbers given = elements(da.value()), p = elements(a.value()), target = elements(y);
    const Numbers dz = elements((da * a * (1 - a)).value()), wanted = elements(gradient(loss, z).value());
    for (std::size_t i = 0; i < 6; ++i) {
      REQUIRE(given[i] == Approx((p[i] - target[i]) / (p[i] * (1 - p[i])) / m).epsilon(1e-14));
      REQUIRE(dz[i] == Approx(wanted[i]).epsilon(1e-14));
    }
  }
  const auto by_probability = [](std::span<const Var> in) {
    const Var a = sigmoid(in[0]);
    return gradient(binary_cross_entropy(a, in[1]), a);
  };
  check_orders(by_probability, {z0, Tensor::uniform({1, 6}, rng, {.low = 0.1, .high = 0.9, .dtype = DType::f64})});
}

TEST_CASE("What sigmoid made may lead to the loss by other ways too") {
  Rng rng{33};
  const Tensor y = row({1, 0, 0.5});
  const auto twice_used = [&](std::span<const Var> in) {
    const Var a = sigmoid(in[0]);
    return binary_cross_entropy(a, y) + sum(square(a)) + sum(in[0] * a);
  };
  check_orders(twice_used, {Tensor::normal({1, 3}, rng, {.dtype = DType::f64})});
  const auto by_probability = [&](std::span<const Var> in) {
    const Var a = sigmoid(in[0]);
    return gradient(binary_cross_entropy(a, y) + sum(square(a)), a);
  };
  check_orders(by_probability, {Tensor::normal({1, 3}, rng, {.dtype = DType::f64})});
}

TEST_CASE("An operation of the user's own that is called sigmoid is not taken for sigmoid") {
  const CustomOp half{{.name = "sigmoid", .forward = [](const CustomForward& f) {
                         for (double& x : f.output<double>()) x = 0.5;
                       }}};
  Tape tape;
  const Var p = half(tape.constant(row({100, 100})));
  REQUIRE(binary_cross_entropy(p, row({0, 1})).item() == Approx(std::log(2.0)));
}

TEST_CASE("binary_cross_entropy_with_logits neither overflows nor cancels") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Var z = tape.variable(row({1e4, -1e4, 1e4, -1e4, 40, infinity, -infinity, infinity}).cast(dtype), "z");
    const Var y = tape.constant(row({1, 0, 0, 1, 1, 1, 0, 0}).cast(dtype));
    const Var loss = binary_cross_entropy_with_logits(z, y, {.reduction = Reduction::none});
    const Numbers given = elements(loss.value());
    REQUIRE(given[0] == 0.0);
    REQUIRE(given[1] == 0.0);
    REQUIRE(given[2] == 1e4);
    REQUIRE(given[3] == 1e4);
    REQUIRE(given[4] == Approx(std::exp(-40.0)).epsilon(1e-6));
    REQUIRE(given[5] == 0.0);
    REQUIRE(given[6] == 0.0);
    REQUIRE(given[7] == infinity);
    REQUIRE(elements(gradient(loss, z).value())[7] == 1.0);
  }
}

TEST_CASE("mean_squared_error is the mean of squares, their sum or the squares") {
  Tape tape;
  const Var p = tape.variable(Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}), "p");
  const Tensor y = Tensor::from({0.0, 2.0, 5.0, 1.0}, {2, 2});
  REQUIRE(mean_squared_error(p, y).item() == 3.5);
  REQUIRE(mean_squared_error(p, y, {.reduction = Reduction::sum}).item() == 14.0);
  REQUIRE(elements(mean_squared_error(p, y, {.reduction = Reduction::none}).value()) == Numbers{1, 0, 4, 9});
  REQUIRE(elements(gradient(mean_squared_error(p, y), p).value()) == Numbers{0.5, 0, -1, 1.5});
}

TEST_CASE("Losses of nothing are NaN as a mean and 0 as a sum") {
  Tape tape;
  const Var none = tape.constant(Tensor::zeros({1, 0}));
  REQUIRE(std::isnan(mean_squared_error(none, none).item()));
  REQUIRE(std::isnan(binary_cross_entropy(none, none).item()));
  REQUIRE(binary_cross_entropy_with_logits(none, none, {.reduction = Reduction::sum}).item() == 0.0);
}

TEST_CASE("Gradients of elementwise losses agree with central differences, at first and second order") {
  Rng rng{32};
  const Tensor p = Tensor::uniform({2, 3}, rng, {.low = 0.1, .high = 0.9, .dtype = DType::f64});
  const Tensor y = Tensor::uniform({2, 3}, rng, {.low = 0.1, .high = 0.9, .dtype = DType::f64});
  const Tensor z = Tensor::normal({2, 3}, rng, {.dtype = DType::f64});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const LossOptions options{.reduction = reduction};
    check_orders([&](std::span<const Var> in) { return binary_cross_entropy(in[0], in[1], options); }, {p, y});
    check_orders([&](std::span<const Var> in) { return binary_cross_entropy_with_logits(in[0], in[1], options); },
                 {z, y});
    check_orders([&](std::span<const Var> in) { return binary_cross_entropy(sigmoid(in[0]), in[1], options); }, {z, y});
    check_orders([&](std::span<const Var> in) { return mean_squared_error(in[0], in[1], options); }, {z, y});
  }
}

TEST_CASE("A refused loss says why and leaves no trace") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({3, 4}), "z");
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(mean_squared_error(z, Tensor::zeros({1, 4})), ShapeError);
  REQUIRE_THROWS_WITH(
      mean_squared_error(z, Tensor::zeros({1, 4})),
      ContainsSubstring(
          "mean_squared_error: p and y must have the same shape, got (3, 4) and (1, 4); a loss never broadcasts\n"
          "  p: variable \"z\" (3, 4)") &&
          ContainsSubstring("losses_test.cpp:"));
  REQUIRE_THROWS_AS(binary_cross_entropy(z, 1.0), ShapeError);
  REQUIRE_THROWS_AS(binary_cross_entropy(sigmoid(z), Tensor::zeros({4, 3})), ShapeError);
  REQUIRE_THROWS_WITH(
      binary_cross_entropy_with_logits(z, Tensor::zeros({4, 3})),
      ContainsSubstring("binary_cross_entropy_with_logits: z and y must have the same shape, got (3, 4) and (4, 3)"));
  REQUIRE_THROWS_AS(binary_cross_entropy(z, Tensor::zeros({3, 4}, DType::f64)), DTypeError);
  REQUIRE_THROWS_WITH(binary_cross_entropy(z, Tensor::zeros({3, 4}, DType::f64)),
                      ContainsSubstring("binary_cross_entropy: operands must have the same dtype, got f32 and f64"));
  REQUIRE_THROWS_AS(mean_squared_error(z, Tensor::zeros({3, 4}, DType::i32)), DTypeError);
  REQUIRE(tape.size() == before + 1);  // the sigmoid, which was not refused
}
