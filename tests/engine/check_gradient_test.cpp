#include <capstan/graph/check_gradient.hpp>

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <vector>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

using Inputs = std::span<const Var>;

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = DType::f64});
}

/// Squares; its gradient is `factor` times what it should be.
CustomOp square_times(double factor) {
  return CustomOp{
      {.name = "square",
       .forward =
           [](const CustomForward& f) {
             const auto in = f.input<double>(0);
             const auto out = f.output<double>();
             for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] * in[i];
           },
       .gradient = [factor](const CustomGradient& g) { return std::vector<Var>{factor * 2.0 * g.input(0) * g.dy()}; }}};
}

void check_passes(const std::function<Var(Inputs)>& f, const std::vector<Tensor>& inputs, double tolerance = 1e-9) {
  const GradientReport report = check_gradient(f, inputs, {.tolerance = tolerance});
  INFO(to_string(report));
  CHECK(report.passed());
}

}  // namespace

TEST_CASE("Right gradients pass far below the tolerance, for outputs of any shape") {
  check_passes([](Inputs in) { return tanh(in[0]); }, {normal({3, 4}, 1)});
  check_passes([](Inputs in) { return mean(tanh(matmul(in[0], in[1]))); }, {normal({2, 4}, 2), normal({4, 3}, 3)});
  check_passes([](Inputs in) { return in[0] * in[1]; }, {normal({3, 1}, 4), normal({1, 4}, 5)});
  check_passes([](Inputs in) { return in[0]; }, {normal({3}, 6)});
  check_passes([](Inputs in) { return transpose(in[0]); }, {normal({2, 3}, 7)});
  check_passes([](Inputs in) { return sum(in[0] * in[0] * in[0]); }, {normal({}, 8)});
}

TEST_CASE("Large and small elements, steep functions and poles nearby are measured well") {
  const Tensor wide = Tensor::from({1e-3, 0.02, 0.5, 40.0, 3e4}, {5});
  check_passes([](Inputs in) { return log(in[0]); }, {wide});
  check_passes([](Inputs in) { return sqrt(in[0]); }, {wide});
  check_passes([](Inputs in) { return 1.0 / in[0]; }, {wide});
  check_passes([](Inputs in) { return exp(8.0 * in[0]); }, {normal({4}, 9)});
}

TEST_CASE("check_gradient measures differences of large values as precisely as their rounding allows") {
  const auto beside = [](double number) { return [number](Inputs in) { return sum(in[0] + number); }; };
  check_passes(beside(1e3), {normal({50}, 10)}, 1e-8);
  check_passes(beside(1e6), {normal({50}, 10)}, 1e-5);
}

TEST_CASE("check_gradient passes with a kink near an element, and fails with a kink at it") {
  check_passes([](Inputs in) { return relu(in[0]); }, {Tensor::from({1e-4, -1e-4, 0.003, -2.0}, {4})});
  const GradientReport report = check_gradient([](Inputs in) { return relu(in[0]); }, {Tensor::from({1.0, 0.0}, {2})});
  CHECK_FALSE(report.passed());
  CHECK(report.worst().position == std::vector<std::int64_t>{1});
}

TEST_CASE("Gradients that are wrong by sign or by a factor 2 fail, and the right one passes") {
  const Tensor x = Tensor::from({0.5, -3.0}, {2, 1});
  const auto check = [&](double factor) {
    const CustomOp square = square_times(factor);
    return check_gradient([&](Inputs in) { return square(in[0]); }, {x});
  };
  CHECK(check(1.0).passed());
  CHECK_FALSE(check(-1.0).passed());
  CHECK_FALSE(check(2.0).passed());
  CHECK_FALSE(check(0.5).passed());
  CHECK_FALSE(check(1.00001).passed());
  CHECK(check(-1.0).max_relative_error() == Approx(2.0));
  CHECK(check(2.0).max_relative_error() == Approx(0.5));
}

TEST_CASE("The report names the worst element, both numbers and the error") {
  const CustomOp square = square_times(2.0);
  const std::vector<Tensor> inputs{normal({2, 2}, 11), Tensor::from({0.0, 0.0, 0.0, 3.0, 0.0, 0.0}, {2, 3})};
  const auto f = [&](Inputs in) { return sum(in[0]) + sum(square(in[1])); };
  const GradientReport report = check_gradient(f, inputs, {.tolerance = 1e-3});
  CHECK(report.checked() == 10);
  CHECK(report.tolerance() == 1e-3);
  CHECK(report.worst().input == 1);
  CHECK(report.worst().position == std::vector<std::int64_t>{1, 0});
  CHECK(report.worst().analytic == Approx(2.0 * report.worst().numeric));
  CHECK(report.worst().error == Approx(0.5));
}

TEST_CASE("The report prints what passed or failed in plain words") {
  const GradientReport failed{
      {.input = 1, .position = {1, 0}, .analytic = 12.0, .numeric = 6.0, .error = 0.5}, 10, 1e-3};
  CHECK(fmt::format("{}", failed) ==
        "gradient check failed: of 10 elements, the worst is input 1 at (1, 0): analytic 12, numeric 6, relative error "
        "0.5 "
        "above the tolerance 0.001");
  const GradientReport passed{{.input = 0, .position = {}, .analytic = 1.5, .numeric = 1.5, .error = 0.0}, 1, 1e-6};
  CHECK(to_string(passed) ==
        "gradient check passed: of 1 element, the worst is input 0 at (): analytic 1.5, numeric 1.5, relative error 0 "
        "within the tolerance 1e-06");
  CHECK(to_string(GradientReport{{}, 0, 1e-6}) == "gradient check passed: the inputs have no elements");
}

TEST_CASE("The error of a small element is measured by the largest of its input") {
  // The analytic gradient is off by 1e-3 everywhere: nothing beside 1000, much beside 1.
  const CustomOp shifted{
      {.name = "shifted",
       .forward =
           [](const CustomForward& f) {
             const auto in = f.input<double>(0);
             for (std::size_t i = 0; i < in.size(); ++i) f.output<double>()[i] = in[i] * in[i] / 2.0;
           },
       .gradient = [](const CustomGradient& g) { return std::vector<Var>{(g.input(0) + 1e-3) * g.dy()}; }}};
  const auto f = [&](Inputs in) { return sum(shifted(in[0])); };
  const auto error = [&](const Tensor& x) { return check_gradient(f, {x}).max_relative_error(); };
  CHECK(error(Tensor::from({0.0, 1.0}, {2})) > 0.5);      // 1e-3 against a floor of about 1e-3
  CHECK(error(Tensor::from({0.0, 1000.0}, {2})) < 3e-3);  // 1e-3 against a floor of about 1
}

TEST_CASE("An input that does not matter has a gradient of zeros") {
  check_passes([](Inputs in) { return tanh(in[1]); }, {normal({2}, 12), normal({3}, 13)});
  check_passes([](Inputs in) { return in[0] * 0.0 + 3.0; }, {normal({2}, 14)});
}

TEST_CASE("Inputs and outputs of size 0 are checked as far as there is anything") {
  const GradientReport none = check_gradient([](Inputs in) { return sum(in[0]); }, {Tensor::zeros({0, 3}, DType::f64)});
  CHECK(none.checked() == 0);
  CHECK(none.passed());
  const GradientReport some =
      check_gradient([](Inputs in) { return in[0]; }, {Tensor::zeros({0}, DType::f64), Tensor::ones({2}, DType::f64)});
  CHECK(some.checked() == 2);
  CHECK(some.passed());
}

TEST_CASE("Numbers that are not finite count as an infinite error") {
  const GradientReport report = check_gradient([](Inputs in) { return log(in[0]); }, {Tensor::from({1.0, -1.0}, {2})});
  CHECK_FALSE(report.passed());
  CHECK(std::isinf(report.max_relative_error()));
  const CustomOp nan = square_times(std::numeric_limits<double>::quiet_NaN());
  CHECK(std::isinf(check_gradient([&](Inputs in) { return nan(in[0]); }, {normal({2}, 15)}).max_relative_error()));
}

TEST_CASE("Second derivatives can be checked") {
  check_passes([](Inputs in) { return gradient(sum(tanh(in[0]) * in[1]), in[0]); }, {normal({3}, 16), normal({3}, 17)});
}

TEST_CASE("Strided inputs are checked where they stand, and none is changed") {
  const Tensor x = normal({3, 2}, 18), before = x.copy();
  const GradientReport report = check_gradient([](Inputs in) { return tanh(in[0]); }, {x.transpose()});
  CHECK(report.passed());
  CHECK(report.worst().position.size() == 2);
  for (std::int64_t i = 0; i < 6; ++i) CHECK(x.at({i / 2, i % 2}) == before.at({i / 2, i % 2}));
  CHECK(x.version() == 0);
}

TEST_CASE("The step can be chosen, and the seed of the cotangent") {
  const auto f = [](Inputs in) { return exp(in[0]); };
  const GradientReport coarse = check_gradient(f, {Tensor::from({0.5, -0.5}, {2})}, {.step = 0.1});
  CHECK(coarse.max_relative_error() == Approx(0.01 / 6.0).epsilon(0.1));  // h²/6
  const auto analytic = [&](std::uint64_t seed) {
    return check_gradient([](Inputs in) { return in[0]; }, {Tensor::scalar(1.0, DType::f64)}, {.seed = seed})
        .worst()
        .analytic;
  };
  std::set<double> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const double cotangent = analytic(seed);
    CHECK((std::fabs(cotangent) >= 0.5 && std::fabs(cotangent) < 1.5));
    different.insert(cotangent);
  }
  CHECK(different.size() == 20);
  CHECK(*different.begin() < 0.0);
  CHECK(analytic(3) == analytic(3));
}

TEST_CASE("Evaluations repeat on one tape") {
  std::set<const void*> tapes;
  std::size_t calls = 0;
  const GradientReport report = check_gradient(
      [&](Inputs in) {
        tapes.insert(in[0].state());
        ++calls;
        return tanh(in[0]);
      },
      {normal({10}, 20)});
  CHECK(report.passed());
  CHECK(tapes.size() == 1);
  CHECK(calls <= 1 + 10 * 8);
}

TEST_CASE("Inputs and outputs that are not f64 are refused") {
  const auto f = [](Inputs in) { return in[0]; };
  const std::vector<Tensor> single{Tensor::zeros({2}, DType::f64), Tensor::zeros({2, 3})};
  CHECK_THROWS_AS(check_gradient(f, single), DTypeError);
  CHECK_THROWS_WITH(check_gradient(f, single),
                    ContainsSubstring("check_gradient: inputs must be f64, got f32 for input 1 (2, 3)\n  at "
                                      "check_gradient_test.cpp:"));
  const auto narrow = [](Inputs in) { return cast(in[0], DType::f32); };
  CHECK_THROWS_AS(check_gradient(narrow, {normal({2}, 21)}), DTypeError);
  CHECK_THROWS_WITH(
      check_gradient(narrow, {normal({2}, 21)}),
      ContainsSubstring("check_gradient: f must give f64, got (2) of f32\n  at check_gradient_test.cpp:"));
}

TEST_CASE("A check without a function, inputs or sensible numbers is refused") {
  const auto f = [](Inputs in) { return in[0]; };
  const std::vector<Tensor> inputs{normal({2}, 22)};
  CHECK_THROWS_AS(check_gradient({}, inputs), ValueError);
  CHECK_THROWS_WITH(check_gradient({}, inputs),
                    ContainsSubstring("check_gradient: f is empty\n  at check_gradient_test.cpp:"));
  CHECK_THROWS_AS(check_gradient(f, {}), ValueError);
  CHECK_THROWS_WITH(check_gradient(f, {}),
                    ContainsSubstring("check_gradient: needs at least one input, got none\n  at "));
  CHECK_THROWS_AS(check_gradient(f, inputs, {.tolerance = -1.0}), ValueError);
  CHECK_THROWS_WITH(check_gradient(f, inputs, {.tolerance = -1.0}),
                    ContainsSubstring("check_gradient: tolerance must be finite and not negative, got -1\n  at "));
  CHECK_THROWS_WITH(check_gradient(f, inputs, {.step = std::nan("")}),
                    ContainsSubstring("check_gradient: step must be finite and not negative, got nan\n  at "));
  CHECK_THROWS_AS(check_gradient([](Inputs) { return Var{}; }, inputs), ValueError);
  CHECK_THROWS_WITH(check_gradient([](Inputs) { return Var{}; }, inputs),
                    ContainsSubstring("check_gradient: f gave an empty Var\n  at check_gradient_test.cpp:"));
}

TEST_CASE("A function whose output changes its shape is refused, and what it throws passes through") {
  int calls = 0;
  const auto changing = [&](Inputs in) { return ++calls == 1 ? in[0] : sum(in[0]); };
  CHECK_THROWS_AS(check_gradient(changing, {normal({2}, 23)}), ShapeError);
  calls = 0;
  CHECK_THROWS_WITH(check_gradient(changing, {normal({2}, 23)}),
                    ContainsSubstring("check_gradient: f must give one shape, gave (2) and then ()\n  at "));
  const auto throwing = [](Inputs) -> Var { throw std::runtime_error{"not today"}; };
  CHECK_THROWS_WITH(check_gradient(throwing, {normal({2}, 24)}), "not today");
}
