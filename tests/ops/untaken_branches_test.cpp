// The branch of where() that is not taken contributes 0, even if its own gradient is infinite or NaN: for every operation
// of the table, and for what is made of several; and what max and min give of an infinite gradient.
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "numbers.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using samples::Case;
using samples::In;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), no_number = std::numeric_limits<double>::quiet_NaN();

/// Sums of products add what is 0 · inf to the rest: docs/gradients.md says so.
bool is_product(const Case& sample) {
  const std::string_view op = sample.sample->op;
  return op == "matmul" || op == "einsum" || op.starts_with("conv");
}

void check_zeros(const Tensor& dx) {
  for (const double element : elements(dx)) CHECK(element == 0.0);
}

/// f(x), its branch taken nowhere.
Var untaken(const Var& y) { return where(Tensor::zeros(y.shape(), y.dtype()), y, 0); }

Numbers derivative(const Numbers& at, Var (*f)(const Var&), DType dtype = DType::f64) {
  Tape tape;
  const Var x =
      tape.variable(Tensor::from(std::span<const double>(at), {static_cast<std::int64_t>(at.size())}).cast(dtype));
  return elements(gradient(sum(f(x)), x).value());
}

}  // namespace

TEST_CASE("an operation behind a branch that is not taken gives its operands 0, whatever they are") {
  for (const Case& sample : samples::cases()) {
    if (is_product(sample) || sample.lay != samples::Lay::plain) continue;
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const double value : {no_number, inf, -inf, 0.0, 1e300}) {
        Tape tape;
        std::vector<Var> x;
        for (const Tensor& input : sample.inputs) x.push_back(tape.variable(Tensor::full(input.shape(), value, dtype)));
        const Var cost = sum(untaken(sample(x)));
        for (const Var& input : x) {
          INFO(sample.name() << " of " << value << " in " << name_of(dtype));
          check_zeros(gradient(cost, input).value());
        }
      }
    }
  }
}

TEST_CASE("a gradient behind a branch that is not taken gives its operands 0, whatever they are") {
  for (const Case& sample : samples::cases()) {
    if (is_product(sample) || sample.lay != samples::Lay::plain) continue;
    for (const double value : {no_number, inf, 0.0}) {
      Tape tape;
      std::vector<Var> x;
      for (const Tensor& input : sample.inputs)
        x.push_back(tape.variable(Tensor::full(input.shape(), value, DType::f64)));
      const Var first = gradient(sum(untaken(sample(x))), x[0]), behind = untaken(gradient(sum(sample(x)), x[0]));
      for (const Var& input : x) {
        INFO(sample.name() << " of " << value);
        check_zeros(gradient(sum(first), input).value());
        check_zeros(gradient(sum(behind), input).value());
      }
    }
  }
}

TEMPLATE_TEST_CASE_SIG("a choice between two forms of a function has the derivative of the one that is chosen", "",
                       ((int wide), wide), 0, 1) {
  const DType t = wide == 1 ? DType::f64 : DType::f32;
  CHECK(derivative({1.0}, [](const Var& x) { return where(greater_equal(x, 0), x, sqrt(-x)); }, t) == Numbers{1.0});
  CHECK(derivative({0.0, 4.0}, [](const Var& x) { return where(greater(x, 0), sqrt(x), 0); }, t) == Numbers{0.0, 0.25});
  CHECK(derivative({1e10}, [](const Var& x) { return where(greater(x, 0), 0, exp(x)); }, t) == Numbers{0.0});
  CHECK(derivative({0.0}, [](const Var& x) { return where(greater(x, 0), log(x), 0); }, t) == Numbers{0.0});
  CHECK(
      derivative({0.0, 1.0}, [](const Var& x) { return where(greater(x, 0), x * log(x), 0); }, t) == Numbers{0.0, 1.0});
  CHECK(derivative(
            {0.0, 2.0}, [](const Var& x) { return where(greater(x, 0), 1 / sqrt(x * x), 0); }, t) ==
        Numbers{0.0, -0.25});
  CHECK(derivative(
            {no_number, 3.0}, [](const Var& x) { return where(is_nan(x), 0, square(x)); }, t) == Numbers{0.0, 6.0});
  CHECK(derivative(
            {0.0, 0.0}, [](const Var& x) { return where(greater(sum(x), 0), log(mean(sqrt(x))), 0); }, t) ==
        Numbers{0.0, 0.0});
  CHECK(derivative(
            {0.0, 0.0}, [](const Var& x) { return where(greater(sum(x), 0), stddev(x), 0); }, t) == Numbers{0.0, 0.0});
  CHECK(derivative({no_number, 1.0}, [](const Var& x) {
          return where(less(x, x), softmax(cast(x, DType::f64)), 0.0 * cast(x, DType::f64));
        }) == Numbers{0.0, 0.0});
}

TEST_CASE("the second derivative of a choice is that of the chosen form") {
  Tape tape;
  const Var x = tape.variable(row({0.0, 2.0}));
  const Var first = gradient(sum(where(greater(x, 0), x * log(x), square(x))), x);
  CHECK(elements(first.value()) == Numbers{0.0, 1.0 + std::log(2.0)});
  CHECK(elements(gradient(sum(first), x).value()) == Numbers{2.0, 0.5});
}

TEST_CASE("max and min give an infinite gradient to what they chose, and 0 to the rest") {
  const Numbers chosen{inf, 0.0};
  CHECK(derivative({0.0, -1.0}, [](const Var& x) { return log(max(x)); }) == chosen);
  CHECK(derivative({0.0, -1.0}, [](const Var& x) { return sqrt(max(x)); }) == chosen);
  CHECK(derivative({0.0, -1.0}, [](const Var& x) { return sqrt(-min(-x)); }) == chosen);
  CHECK(derivative({0.0, -1.0}, [](const Var& x) { return log(maximum(x, -0.5)); }) == Numbers{inf, -0.0});
  CHECK(derivative({2.0, 2.0, 1.0}, [](const Var& x) { return max(x); }) == Numbers{0.5, 0.5, 0.0});
  for (const double dx : derivative({no_number, 1.0}, [](const Var& x) { return max(x); })) CHECK(std::isnan(dx));
}

TEST_CASE("where a function is constant an infinite gradient of the result is 0 for the operand") {
  CHECK(derivative({-1.0, 0.0, 1.0}, [](const Var& x) { return inf * relu(x, {.slope_at_zero = 0}); }) ==
        Numbers{0.0, 0.0, inf});
  CHECK(derivative({-1.0, 1.0}, [](const Var& x) { return inf * leaky_relu(x, {.slope = 0}); }) == Numbers{0.0, inf});
  CHECK(derivative({-2.0, 0.0, 2.0}, [](const Var& x) { return inf * clamp(x, {.low = -1, .high = 1}); }) ==
        Numbers{0.0, inf, 0.0});
  CHECK(derivative({-2.0, 0.0, 2.0}, [](const Var& x) { return inf * abs(x); }) == Numbers{-inf, 0.0, inf});
}
