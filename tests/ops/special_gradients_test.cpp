// Gradients at special and extreme numbers: of every elementwise operation, of first and second order, over a grid of
// operands and of gradients of the result, in f32 and f64, against the derivative in long double. Wherever the product of
// the gradient and the derivative is a number of the format, that is what comes out, rounded; a gradient of 0 gives 0,
// whatever the operands are. What mathematics leaves undefined (docs/gradients.md) is left out.
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "elementwise/tape.hpp"
#include "samples/sample.hpp"
#include "special_numbers.hpp"

using namespace capstan;
using samples::In;

namespace {

constexpr double everywhere = 4;  ///< ulp

struct Function {
  std::string_view name;
  Var (*function)(In);
  std::vector<Real (*)(const Real*)> slopes;  ///< by each operand
  Real (*bend)(const Real*) = nullptr;        ///< the second derivative, for one operand
  double worst = everywhere;
  Real (*unit)(const Real*) = nullptr;  ///< of errors, if that is more than the last place
};

Real e(Real x) { return std::exp(-std::fabs(x)); }
Real sigmoid_slope(Real x) { return e(x) / ((1 + e(x)) * (1 + e(x))); }
Real density(Real x) { return std::exp(-x * x / 2) * 0.39894228040143267793994605993438187L; }
Real normal(Real x) { return std::erfc(-x * std::sqrt(0.5L)) / 2; }
Real zero(const Real*) { return 0; }
Real one(const Real*) { return 1; }
/// Where the function has a value.
Real if_positive(Real x, Real value) { return x >= 0 ? value : undefined; }

const std::vector<Function>& of_one() {
  static const std::vector<Function> table{
      {"abs", [](In x) { return abs(x[0]); }, {[](const Real* x) { return Real(x[0] > 0) - Real(x[0] < 0); }}, zero},
      {"cast", [](In x) { return cast(cast(x[0], DType::f64), x[0].dtype()); }, {one}, zero},
      {"clamp",
       [](In x) { return clamp(x[0], {.low = -1, .high = 1}); },
       {[](const Real* x) { return Real(x[0] >= -1 && x[0] <= 1); }},
       zero},
      {"cos",
       [](In x) { return cos(x[0]); },
       {[](const Real* x) { return -std::sin(x[0]); }},
       [](const Real* x) { return -std::cos(x[0]); }},
      {"elu",
       [](In x) { return elu(x[0]); },
       {[](const Real* x) { return x[0] > 0 ? 1 : std::exp(x[0]); }},
       [](const Real* x) { return x[0] > 0 ? 0 : std::exp(x[0]); }},
      {"erf",
       [](In x) { return erf(x[0]); },
       {[](const Real* x) { return 1.12837916709551257389615890312154517L * std::exp(-x[0] * x[0]); }},
       [](const Real* x) {
         return std::isinf(x[0]) ? 0 : -2.25675833419102514779231780624309L * x[0] * std::exp(-x[0] * x[0]);
       }},
      {"exp",
       [](In x) { return exp(x[0]); },
       {[](const Real* x) { return std::exp(x[0]); }},
       [](const Real* x) { return std::exp(x[0]); }},
      {"expm1",
       [](In x) { return expm1(x[0]); },
       {[](const Real* x) { return std::exp(x[0]); }},
       [](const Real* x) { return std::exp(x[0]); }},
      {"gelu",
       [](In x) { return gelu(x[0]); },
       {[](const Real* x) { return std::isinf(x[0]) ? Real(x[0] > 0) : normal(x[0]) + x[0] * density(x[0]); }},
       [](const Real* x) { return std::isinf(x[0]) ? 0 : density(x[0]) * (2 - x[0] * x[0]); },
       5},
      {"leaky_relu",
       [](In x) { return leaky_relu(x[0], {.slope = 0.25}); },
       {[](const Real* x) { return x[0] < 0 ? 0.25L : 1; }},
       zero},
      {"log",
       [](In x) { return log(x[0]); },
       {[](const Real* x) { return if_positive(x[0], 1 / x[0]); }},
       [](const Real* x) { return if_positive(x[0], -1 / (x[0] * x[0])); }},
      {"log1p",
       [](In x) { return log1p(x[0]); },
       {[](const Real* x) { return if_positive(1 + x[0], 1 / (1 + x[0])); }},
       [](const Real* x) { return if_positive(1 + x[0], -1 / ((1 + x[0]) * (1 + x[0]))); }},
      {"negate", [](In x) { return -x[0]; }, {[](const Real*) -> Real { return -1; }}, zero},
      {"pow",
       [](In x) { return pow(x[0], 2); },
       {[](const Real* x) { return 2 * x[0]; }},
       [](const Real*) -> Real { return 2; }},
      {"pow",
       [](In x) { return pow(x[0], 3); },
       {[](const Real* x) { return 3 * x[0] * x[0]; }},
       [](const Real* x) { return 6 * x[0]; }},
      {"pow",
       [](In x) { return pow(x[0], -1); },
       {[](const Real* x) { return -1 / (x[0] * x[0]); }},
       [](const Real* x) { return 2 / (x[0] * x[0] * x[0]); }},
      {"reciprocal",
       [](In x) { return reciprocal(x[0]); },
       {[](const Real* x) { return -1 / (x[0] * x[0]); }},
       [](const Real* x) { return 2 / (x[0] * x[0] * x[0]); }},
      {"relu", [](In x) { return relu(x[0]); }, {[](const Real* x) { return Real(x[0] >= 0); }}, zero},
      {"sigmoid",
       [](In x) { return sigmoid(x[0]); },
       {[](const Real* x) { return sigmoid_slope(x[0]); }},
       [](const Real* x) { return std::isinf(x[0]) ? 0 : -sigmoid_slope(x[0]) * std::tanh(x[0] / 2); },
       everywhere,
       one},
      {"silu",
       [](In x) { return silu(x[0]); },
       {[](const Real* x) {
         if (std::isinf(x[0])) return Real(x[0] > 0);
         return (x[0] < 0 ? e(x[0]) * (1 + x[0] + e(x[0])) : 1 + e(x[0]) * (1 + x[0])) /
                ((1 + e(x[0])) * (1 + e(x[0])));
       }},
       [](const Real* x) { return std::isinf(x[0]) ? 0 : sigmoid_slope(x[0]) * (2 - x[0] * std::tanh(x[0] / 2)); },
       6},
      {"sin",
       [](In x) { return sin(x[0]); },
       {[](const Real* x) { return std::cos(x[0]); }},
       [](const Real* x) { return -std::sin(x[0]); }},
      {"softplus",
       [](In x) { return softplus(x[0]); },
       {[](const Real* x) { return x[0] < 0 ? e(x[0]) / (1 + e(x[0])) : 1 / (1 + e(x[0])); }},
       [](const Real* x) { return sigmoid_slope(x[0]); }},
      {"sqrt",
       [](In x) { return sqrt(x[0]); },
       {[](const Real* x) { return if_positive(x[0], 0.5L / std::sqrt(std::fabs(x[0]))); }},
       [](const Real* x) { return if_positive(x[0], -0.25L / (std::fabs(x[0]) * std::sqrt(std::fabs(x[0])))); }},
      {"square",
       [](In x) { return square(x[0]); },
       {[](const Real* x) { return 2 * x[0]; }},
       [](const Real*) -> Real { return 2; }},
      {"tanh",
       [](In x) { return tanh(x[0]); },
       {[](const Real* x) { return 4 * sigmoid_slope(2 * x[0]); }},
       [](const Real* x) { return std::isinf(x[0]) ? 0 : -8 * sigmoid_slope(2 * x[0]) * std::tanh(x[0]); },
       everywhere,
       one},
  };
  return table;
}

const std::vector<Function>& of_two() {
  static const std::vector<Function> table{
      {"add", [](In x) { return x[0] + x[1]; }, {one, one}},
      {"divide",
       [](In x) { return x[0] / x[1]; },
       {[](const Real* x) { return 1 / x[1]; },
        [](const Real* x) { return x[1] == 0 || std::isinf(x[0]) ? undefined : -x[0] / (x[1] * x[1]); }}},
      {"maximum",
       [](In x) { return maximum(x[0], x[1]); },
       {[](const Real* x) { return (Real(x[0] > x[1]) + Real(x[0] >= x[1])) / 2; },
        [](const Real* x) { return (Real(x[1] > x[0]) + Real(x[1] >= x[0])) / 2; }}},
      {"minimum",
       [](In x) { return minimum(x[0], x[1]); },
       {[](const Real* x) { return (Real(x[0] < x[1]) + Real(x[0] <= x[1])) / 2; },
        [](const Real* x) { return (Real(x[1] < x[0]) + Real(x[1] <= x[0])) / 2; }}},
      {"multiply",
       [](In x) { return x[0] * x[1]; },
       {[](const Real* x) { return x[1]; }, [](const Real* x) { return x[0]; }}},
      {"pow",
       [](In x) { return pow(x[0], x[1]); },
       {[](const Real* x) {
          const bool ordinary = x[0] > 0 && std::isfinite(x[0]) && std::isfinite(x[1]);
          return ordinary ? x[1] * std::pow(x[0], x[1] - 1) : undefined;
        },
        [](const Real* x) {
          const bool ordinary = x[0] > 0 && std::isfinite(x[0]) && std::isfinite(x[1]);
          return ordinary ? std::pow(x[0], x[1]) * std::log(x[0]) : undefined;
        }}},
      {"subtract", [](In x) { return x[0] - x[1]; }, {one, [](const Real*) -> Real { return -1; }}},
      {"where",
       [](In x) { return where(greater(x[0], x[1]), x[0], x[1]); },
       {[](const Real* x) { return Real(x[0] > x[1]); }, [](const Real* x) { return Real(!(x[0] > x[1])); }}},
  };
  return table;
}

/// Their derivative is 0 wherever there is one, and nothing is recorded for it.
const std::set<std::string_view> flat{"ceil",          "equal",     "floor",  "floor_divide", "greater",
                                      "greater_equal", "is_finite", "is_nan", "less",         "less_equal",
                                      "not_equal",     "round",     "sign"};

/// Whether a gradient is what it should be: the product of a gradient dy and a derivative, where that is defined. Of what
/// is below `smallest` a few digits are asked for.
template <class T>
bool is_right(T got, T dy, Real derivative, double worst, Real unit, T smallest) {
  if (dy == 0) return got == 0;
  if (std::isnan(derivative) || !std::isfinite(dy)) return true;
  if (std::isinf(derivative)) return true;
  const Real least = unit * std::fabs(static_cast<Real>(dy)) * last_place(T(1));
  return is_rounded(got, static_cast<Real>(dy) * derivative, least, worst, smallest);
}

template <class T>
void check(const Function& f, std::size_t operand, const std::vector<std::vector<T>>& columns, const Tensor& result,
           Real (*derivative)(const Real*), double worst, T smallest = 0) {
  const std::span<const T> got = result.data<T>();
  const std::size_t operands = columns.size() - 1;
  for (std::size_t i = 0; i < got.size(); ++i) {
    Real x[2] = {};
    bool is_number = true;
    for (std::size_t k = 0; k < operands; ++k) {
      x[k] = columns[k][i];
      is_number = is_number && !std::isnan(columns[k][i]);
    }
    const T dy = columns[operands][i];
    const bool right = is_number || dy == 0
                           ? is_right(got[i], dy, derivative(x), worst, f.unit == nullptr ? 0 : f.unit(x), smallest)
                           : true;
    if (right) continue;
    UNSCOPED_INFO(f.name << " by operand " << operand << " at (" << x[0] << ", " << x[1] << ") with dy " << dy
                         << ": got " << got[i] << ", right is " << static_cast<Real>(dy) * derivative(x));
    CHECK(right);
  }
}

template <class T>
void check_first_order(const Function& f) {
  const auto columns = combinations<T>(f.slopes.size());
  Tape tape;
  std::vector<Var> x;
  for (std::size_t k = 0; k < f.slopes.size(); ++k) x.push_back(tape.variable(tensor_of(columns[k])));
  const Var cost = sum(f.function(x) * tensor_of(columns.back()));
  for (std::size_t k = 0; k < f.slopes.size(); ++k) {
    INFO(f.name << " in " << name_of(dtype_of<T>()));
    check<T>(f, k, columns, gradient(cost, x[k]).value(), f.slopes[k], f.worst);
  }
}

/// The gradient of the sum of the first derivatives, each times dy. Products of gradients are made before they meet the
/// derivative, and so these are not at the ends of the format.
template <class T>
void check_second_order(const Function& f) {
  const auto columns = combinations<T>(1, false);
  Tape tape;
  const Var x = tape.variable(tensor_of(columns[0]));
  const Var first = gradient(sum(f.function({&x, 1}) * tensor_of(columns[1])), x);
  INFO(f.name << " in " << name_of(dtype_of<T>()) << ", second order");
  check<T>(f, 0, columns, gradient(sum(first), x).value(), f.bend, 2 * f.worst, std::numeric_limits<T>::min());
}

}  // namespace

TEST_CASE("every elementwise operation of the table has its derivative in the grid of special numbers") {
  std::set<std::string_view> known = flat, sampled;
  for (const Function& f : of_one()) known.insert(f.name);
  for (const Function& f : of_two()) known.insert(f.name);
  for (const samples::Sample& sample : samples::elementwise()) sampled.insert(sample.op);
  CHECK(known == sampled);
}

TEMPLATE_TEST_CASE("gradients are the rounded derivatives over a grid of special numbers", "", float, double) {
  for (const Function& f : of_one()) check_first_order<TestType>(f);
  for (const Function& f : of_two()) check_first_order<TestType>(f);
}

TEMPLATE_TEST_CASE("second derivatives are right over a grid of special numbers", "", float, double) {
  for (const Function& f : of_one()) check_second_order<TestType>(f);
}

TEMPLATE_TEST_CASE("NaN in an operand or in dy shows in the gradient, unless the other says that nothing passes", "",
                   float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  for (const Function& f : of_one()) {
    if (f.name == "negate" || f.name == "cast" || f.name == "pow" || f.name == "square")
      continue;  // linear slopes below
    Tape tape;
    const Var x = tape.variable(tensor_of<TestType>({nan, TestType(0.5)}));
    const Tensor dy = tensor_of<TestType>({TestType(1), nan});
    const Tensor dx = gradient(sum(f.function({&x, 1}) * dy), x).value();
    INFO(f.name);
    CHECK(std::isnan(dx.at({0})));
    CHECK(std::isnan(dx.at({1})));
  }
}
