// Elementwise operations on the tape: operators, dtypes, broadcasting, refusals, and gradients where there is a kink.
#include <cmath>
#include <concepts>
#include <limits>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();

template <class A, class B>
concept Adds = requires(const A& a, const B& b) { a + b; };

static_assert(Adds<Var, Var> && Adds<Var, Tensor> && Adds<Tensor, Var> && Adds<Var, double> && Adds<int, Var> &&
              Adds<Parameter, Var> && Adds<Var, Parameter> && Adds<Operand, Tensor> && Adds<Operand, Operand> &&
              Adds<float, Operand>);
static_assert(!Adds<Tensor, Tensor> && !Adds<Tensor, double> && !Adds<double, Tensor> && !Adds<Var, bool> &&
              !Adds<bool, Var> && !Adds<Parameter, bool> && !Adds<bool, Parameter>);

Tensor row(std::initializer_list<double> elements) {
  return Tensor::from(elements, {static_cast<std::int64_t>(elements.size())});
}

std::vector<double> elements(const Var& x) {
  const Tensor wide = x.value().cast(DType::f64);
  const auto data = wide.data<double>();
  return {data.begin(), data.end()};
}

using Numbers = std::vector<double>;

/// The gradient of f at x, for a cotangent of ones.
template <class F>
Numbers slopes(std::initializer_list<double> x, const F& f) {
  Tape tape;
  const Var v = tape.variable(row(x), "x");
  return elements(gradient(f(v), v));
}

}  // namespace

TEST_CASE("operators take Vars, Parameters, Tensors and numbers on either side") {
  Tape tape;
  const Var x = tape.constant(row({1, 2}));
  const Tensor t = row({10, 20});
  const Parameter p{"p", row({100, 200})};
  CHECK(elements(x + x) == Numbers{2, 4});
  CHECK(elements(x + t) == Numbers{11, 22});
  CHECK(elements(t - x) == Numbers{9, 18});
  CHECK(elements(p * x) == Numbers{100, 400});
  CHECK(elements(x - p) == Numbers{-99, -198});
  CHECK(elements(2 * x) == Numbers{2, 4});
  CHECK(elements(x / 2) == Numbers{0.5, 1});
  CHECK(elements(2.0F / x) == Numbers{2, 1});
  CHECK(elements(-x) == Numbers{-1, -2});
  const Operand operand{x};
  CHECK(elements(operand * operand) == Numbers{1, 4});
  CHECK(elements(1 - operand) == Numbers{0, -1});
  CHECK(elements(-operand) == Numbers{-1, -2});
}

TEST_CASE("assigning operators make a new value under the old name") {
  Tape tape;
  const Var x = tape.variable(row({1, 2}), "x");
  Var y = x;
  y += x;
  y *= 3;
  y -= row({1, 1});
  y /= 5;
  CHECK(elements(y) == Numbers{1, 2.2});
  CHECK(elements(x) == Numbers{1, 2});
  CHECK(elements(gradient(y, x))[0] == Approx(1.2));
}

TEST_CASE("elementwise ops broadcast rows, columns and numbers on either side") {
  Tape tape;
  const Var m = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3}));
  const Var r = tape.constant(row({10, 20, 30})), c = tape.constant(Tensor::from({100.0, 200.0}, {2, 1}));
  CHECK(elements(m + r) == Numbers{11, 22, 33, 14, 25, 36});
  CHECK(elements(c + m) == Numbers{101, 102, 103, 204, 205, 206});
  CHECK(elements(c + r) == Numbers{110, 120, 130, 210, 220, 230});
  CHECK((c + r).shape() == Shape{2, 3});
  CHECK(elements(where(greater(m, 3), c, r)) == Numbers{10, 20, 30, 200, 200, 200});
  CHECK((m + tape.constant(Tensor::zeros({4, 0, 2, 1}, DType::f64))).shape() == Shape{4, 0, 2, 3});
}

TEST_CASE("an operand that broadcasts along several axes is gathered right when a tile ends within a plane") {
  const Shape shape{3, 7, 41, 5};
  Tensor a = Tensor::zeros({3, 1, 41, 1}, DType::f64), b = Tensor::zeros({7, 1, 5}, DType::f64);
  double next = 1.0;
  for (double& element : a.mutable_data<double>()) element = next++;
  for (double& element : b.mutable_data<double>()) element = 1000.0 * next++;
  Tape tape;
  const Tensor y = (tape.constant(a) + b).value();
  REQUIRE(y.shape() == shape);
  int wrong = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 7; ++j) {
      for (std::int64_t k = 0; k < 41; ++k) {
        for (std::int64_t l = 0; l < 5; ++l) wrong += y.at({i, j, k, l}) != a.at({i, 0, k, 0}) + b.at({j, 0, l});
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a number takes its partner's dtype, and the result keeps it") {
  Tape tape;
  const Var f = tape.constant(Tensor::ones({2})), i = tape.constant(Tensor::from({7, -7}, {2}));
  CHECK((f + 0.1).dtype() == DType::f32);
  CHECK((f + 0.1).value().at({0}) == static_cast<double>(1.0F + 0.1F));
  CHECK((2 * i).dtype() == DType::i32);
  CHECK(elements(2 * i + 1) == Numbers{15, -13});
  CHECK(elements(floor_divide(i, 2)) == Numbers{3, -4});
  CHECK(elements(floor_divide(i, 0)) == Numbers{0, 0});
  CHECK(less(i, 0).dtype() == DType::i32);
  CHECK(elements(less(i, 0)) == Numbers{0, 1});
  CHECK(elements(maximum(i, 0)) == Numbers{7, 0});
}

TEST_CASE("shapes that do not broadcast are refused with the axis, both shapes and the user's line") {
  Tape tape;
  const Var a = tape.variable(Tensor::zeros({3, 5}), "a"), b = tape.variable(Tensor::zeros({4, 5}), "b");
  const Var tall = tape.constant(Tensor::zeros({2, 3, 4}));
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(a + b, ShapeError);
  REQUIRE_THROWS_WITH(a + b, Catch::ContainsSubstring("add: shapes do not broadcast: axis 0 has 3 and 4\n") &&
                                 Catch::ContainsSubstring("a: variable \"a\" (3, 5)") &&
                                 Catch::ContainsSubstring("b: variable \"b\" (4, 5)") &&
                                 Catch::ContainsSubstring("at elementwise_test.cpp:"));
  REQUIRE_THROWS_WITH(tall * a, Catch::ContainsSubstring("multiply: shapes do not broadcast: axis 2 has 4 and 5\n"));
  REQUIRE_THROWS_WITH(where(a, a, tall),
                      Catch::ContainsSubstring("where: shapes do not broadcast: axis 2 has 5 and 4\n") &&
                          Catch::ContainsSubstring("condition: ") && Catch::ContainsSubstring("(2, 3, 4)"));
  CHECK(tape.size() == before);
}

TEST_CASE("a refusal names the line of the operator") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3}));
  const std::string here = "elementwise_test.cpp:" + std::to_string(__LINE__ + 1);
  CHECK_THROWS_WITH(x + Tensor::zeros({4}), Catch::ContainsSubstring(here));
  const std::string there = "elementwise_test.cpp:" + std::to_string(__LINE__ + 1);
  CHECK_THROWS_WITH(Tensor::zeros({4}) / x, Catch::ContainsSubstring(there));
}

TEST_CASE("operands of two dtypes are refused, naming both") {
  Tape tape;
  const Var f = tape.constant(Tensor::ones({2})), d = tape.constant(Tensor::ones({2}, DType::f64));
  REQUIRE_THROWS_AS(f + d, DTypeError);
  REQUIRE_THROWS_WITH(
      f + d, Catch::ContainsSubstring("add: ") && Catch::ContainsSubstring("f32") && Catch::ContainsSubstring("f64"));
  REQUIRE_THROWS_AS(where(f, d, d), DTypeError);
  REQUIRE_THROWS_AS(where(f, tape.constant(Tensor::from({1, 0}, {2})), 0), DTypeError);
}

TEST_CASE("where takes a condition of i32 for numbers of any dtype") {
  for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
    Tape tape;
    const Tensor mask = Tensor::from({2, 0, -1, 0, 2147483647}, {5});
    const Var a = tape.constant(Tensor::from({1, 2, 3, 4, 5}, {5}).cast(dtype));
    CHECK(elements(where(mask, a, 0)) == Numbers{1, 0, 3, 0, 5});
    CHECK(elements(where(tape.constant(mask), a, -a)) == Numbers{1, -2, 3, -4, 5});
    CHECK(elements(where(tape.constant(mask), 7, a)) == Numbers{7, 2, 7, 4, 7});
  }
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, 2.0}, {2}), "x");
  CHECK(elements(gradient(where(Tensor::from({1, 0}, {2}), x, -x), x)) == Numbers{1, -1});
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(where(tape.constant(Tensor::from({1, 0, 1}, {3})), x, x), ShapeError);
  CHECK(tape.size() == before + 1);  // the condition
}

TEST_CASE("functions of real numbers refuse i32") {
  Tape tape;
  const Var i = tape.constant(Tensor::from({1, 2}, {2}));
  REQUIRE_THROWS_AS(exp(i), DTypeError);
  REQUIRE_THROWS_WITH(exp(i), Catch::ContainsSubstring("exp: ") && Catch::ContainsSubstring("i32"));
  REQUIRE_THROWS_AS(i / 2, DTypeError);
  REQUIRE_THROWS_AS(pow(i, 2), DTypeError);
  REQUIRE_THROWS_AS(relu(i), DTypeError);
  REQUIRE_THROWS_AS(is_nan(i), DTypeError);
}

TEST_CASE("options outside their range are refused by name and value") {
  Tape tape;
  const Var x = tape.variable(row({1, 2}), "x");
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(relu(x, {.slope_at_zero = quiet_nan}), ValueError);
  REQUIRE_THROWS_WITH(relu(x, {.slope_at_zero = infinite}),
                      Catch::ContainsSubstring("relu: slope_at_zero must be finite, got inf\n") &&
                          Catch::ContainsSubstring("x: variable \"x\" (2)"));
  REQUIRE_THROWS_WITH(leaky_relu(x, {.slope = quiet_nan}),
                      Catch::ContainsSubstring("leaky_relu: slope must be finite, got nan"));
  REQUIRE_THROWS_WITH(leaky_relu(x, {.slope_at_zero = infinite}),
                      Catch::ContainsSubstring("leaky_relu: slope_at_zero must be finite, got inf"));
  REQUIRE_THROWS_WITH(elu(x, {.alpha = -infinite}), Catch::ContainsSubstring("elu: alpha must be finite, got -inf"));
  REQUIRE_THROWS_AS(clamp(x, {.low = 2, .high = 1}), ValueError);
  REQUIRE_THROWS_WITH(clamp(x, {.low = 2, .high = 1}),
                      Catch::ContainsSubstring("clamp: low must not be above high, got 2 and 1"));
  REQUIRE_THROWS_AS(clamp(x, {.low = quiet_nan}), ValueError);
  CHECK(tape.size() == before);
}

TEST_CASE("the slope of relu and leaky_relu at 0 is 1 unless it is given") {
  CHECK(slopes({-1, 0, 1}, [](const Var& x) { return relu(x); }) == Numbers{0, 1, 1});
  CHECK(slopes({-1, 0, 1}, [](const Var& x) { return relu(x, {.slope_at_zero = 0}); }) == Numbers{0, 0, 1});
  CHECK(slopes({-1, 0, 1}, [](const Var& x) { return leaky_relu(x); }) == Numbers{0.01, 1, 1});
  CHECK(slopes({-1, 0, 1}, [](const Var& x) { return leaky_relu(x, {.slope = 0.25, .slope_at_zero = 0.5}); }) ==
        Numbers{0.25, 0.5, 1});
}

TEST_CASE("NaN goes through the gradients of relu, leaky_relu and clamp") {
  CHECK(std::isnan(slopes({quiet_nan}, [](const Var& x) { return relu(x); })[0]));
  CHECK(std::isnan(slopes({quiet_nan}, [](const Var& x) { return leaky_relu(x); })[0]));
  CHECK(std::isnan(slopes({quiet_nan}, [](const Var& x) { return clamp(x, {.low = 0}); })[0]));
}

TEST_CASE("the slope of abs at 0 is 0, and that of clamp is 1 on its bounds") {
  CHECK(slopes({-2, 0, 3}, [](const Var& x) { return abs(x); }) == Numbers{-1, 0, 1});
  CHECK(slopes({-2, -1, 0, 1, 2}, [](const Var& x) { return clamp(x, {.low = -1, .high = 1}); }) ==
        Numbers{0, 1, 1, 1, 0});
}

TEST_CASE("maximum and minimum share the gradient of equal operands") {
  Tape tape;
  const Var a = tape.variable(row({1, 2, 3}), "a"), b = tape.variable(row({3, 2, 1}), "b");
  const Var larger = maximum(a, b), smaller = minimum(a, b);
  CHECK(elements(gradient(larger, a)) == Numbers{0, 0.5, 1});
  CHECK(elements(gradient(larger, b)) == Numbers{1, 0.5, 0});
  CHECK(elements(gradient(smaller, a)) == Numbers{1, 0.5, 0});
  CHECK(elements(gradient(smaller, b)) == Numbers{0, 0.5, 1});
  CHECK(slopes({1, 2}, [](const Var& x) { return maximum(x, x); }) == Numbers{1, 1});
}

TEST_CASE("where sends the gradient to what was chosen, even beside infinities") {
  Tape tape;
  const Var x = tape.variable(row({0, 4}), "x");
  const Var y = where(equal(x, 0), 0, 1 / where(equal(x, 0), 1, x));
  CHECK(elements(y) == Numbers{0, 0.25});
  CHECK(elements(gradient(y, x)) == Numbers{0, -0.0625});
}

TEST_CASE("powers have gradients of every order, at 0 too") {
  const auto derivatives = [](double exponent, double at) {
    Tape tape;
    const Var x = tape.variable(Tensor::scalar(at, DType::f64), "x");
    Numbers orders;
    for (Var y = pow(x, exponent); orders.size() < 4; y = gradient(y, x)) orders.push_back(y.item());
    return orders;
  };
  CHECK(derivatives(2, 0) == Numbers{0, 0, 2, 0});
  CHECK(derivatives(2, 3) == Numbers{9, 6, 2, 0});
  CHECK(derivatives(1, 0) == Numbers{0, 1, 0, 0});
  CHECK(derivatives(0, 0) == Numbers{1, 0, 0, 0});
  CHECK(derivatives(3, -2) == Numbers{-8, 12, -12, 6});
  CHECK(derivatives(-1, 2) == Numbers{0.5, -0.25, 0.25, -0.375});
  CHECK(derivatives(0.5, 4)[1] == 0.25);
  CHECK(derivatives(0.5, 0)[1] == infinite);
}

TEST_CASE("a power's gradient by its exponent is y log(x), and 0 for a base of 0") {
  Tape tape;
  const Var x = tape.variable(row({0, 0, 2}), "x"), e = tape.variable(row({0, 3, 3}), "e");
  const Var slope = gradient(pow(x, e), e);
  CHECK(elements(slope)[0] == 0);
  CHECK(elements(slope)[1] == 0);
  CHECK(elements(slope)[2] == Approx(8 * std::log(2.0)));
  const Var mixed = gradient(slope, x);  // of x³ log(x): x² (1 + 3 log(x))
  CHECK(elements(mixed)[1] == 0);
  CHECK(elements(mixed)[2] == Approx(4 * (1 + 3 * std::log(2.0))));
}

TEST_CASE("powers have right gradients of third order by base and exponent") {
  const auto third = [](std::span<const Var> in) {
    const Var first = gradient(pow(in[0], in[1]), in[0]);
    return gradient(gradient(first, in[1]), in[0]);
  };
  const GradientReport report = check_gradient(third, {row({0.7, 1.3, 2.0}), row({2.5, -1.5, 0.5})});
  INFO(to_string(report));
  CHECK(report.passed());
}

TEST_CASE("gradient gives zeros through an op without a gradient") {
  for (const auto& f : std::vector<Var (*)(const Var&)>{
           [](const Var& x) { return floor(x); }, [](const Var& x) { return ceil(x); },
           [](const Var& x) { return round(x); }, [](const Var& x) { return sign(x); },
           [](const Var& x) { return floor_divide(x, 2); }, [](const Var& x) { return less(x, 0); },
           [](const Var& x) { return not_equal(x, 0); }, [](const Var& x) { return is_finite(x); }})
    CHECK(slopes({-1.5, 2.5}, f) == Numbers{0, 0});
}

TEST_CASE("gradients of f32 values are f32 throughout") {
  Tape tape;
  const Var x = tape.variable(Tensor::full({3}, 0.5), "x");
  for (const Var& y : {pow(x, 1.5), gelu(x), silu(x), elu(x), erf(x), softplus(x), log1p(x), sqrt(x), tanh(x)})
    CHECK(gradient(gradient(y, x), x).dtype() == DType::f32);
}

TEST_CASE("the derivative of expm1 keeps its digits where the result is near -1") {
  CHECK(slopes({-30}, [](const Var& x) { return expm1(x); })[0] == Approx(std::exp(-30.0)).epsilon(1e-14));
}
