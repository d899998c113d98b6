// Gradients at special and extreme numbers of functions of two numbers: second order of the elementwise operations, and
// both orders of the losses that compare a prediction with a target, whose mean and sum over elements are looked at as
// well. In f32 and f64, over a grid of both numbers, against the derivative in long double.
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "special_numbers.hpp"

using namespace capstan;

namespace {

using Derivative = Exact (*)(Real a, Real b);

struct Function {
  std::string_view name;
  Var (*function)(const Var& a, const Var& b);
  std::array<Derivative, 2> slopes;  ///< by a and by b; null where the grid of elementwise operations has them
  std::array<Derivative, 3> bends;   ///< by a twice, by a and b, by b twice
  double worst = 4;                  ///< ulp of the terms
};

Exact zero(Real, Real) { return 0; }
Exact one(Real, Real) { return 1; }

Real e(Real x) { return std::exp(-std::fabs(x)); }
Exact sigmoid(Real z) { return (z < 0 ? e(z) : 1) / (1 + e(z)); }
bool is_ordinary(Real base, Real exponent) { return base > 0 && std::isfinite(base) && std::isfinite(exponent); }
Exact logit_error(Real z, Real y) {
  if (y < 0 || y > 1) return undefined;
  if (y == 1) return Exact{0} - sigmoid(-z);
  return y == 0 ? sigmoid(z) : sigmoid(z) - y;
}
/// p(1 − p), and its derivative, where binary_cross_entropy cuts it.
bool is_cut(Real p) { return p * (1 - p) < 1e-12L; }
Real spread(Real p) { return is_cut(p) ? 1e-12L : p * (1 - p); }
/// Where binary_cross_entropy takes a prediction and a target.
Exact if_probabilities(Real p, Real y, Exact value) {
  return p >= 0 && p <= 1 && y >= 0 && y <= 1 ? value : Exact{undefined};
}
Exact cut_log(Real x) { return std::fmax(std::log(x), -100.0L); }

const std::vector<Function>& functions() {
  static const std::vector<Function> table{
      {"add", [](const Var& a, const Var& b) { return a + b; }, {}, {zero, zero, zero}},
      {"divide",
       [](const Var& a, const Var& b) { return a / b; },
       {},
       {zero, [](Real, Real b) { return Exact{-1 / (b * b)}; },
        [](Real a, Real b) { return Exact{2 * a / (b * b * b)}; }}},
      {"maximum", [](const Var& a, const Var& b) { return maximum(a, b); }, {}, {zero, zero, zero}},
      {"minimum", [](const Var& a, const Var& b) { return minimum(a, b); }, {}, {zero, zero, zero}},
      {"multiply", [](const Var& a, const Var& b) { return a * b; }, {}, {zero, one, zero}},
      {"pow",
       [](const Var& a, const Var& b) { return pow(a, b); },
       {},
       {[](Real x, Real k) {
          return is_ordinary(x, k) ? Exact{std::pow(x, k - 2)} * k * (k == 1 ? 0 : k == 0 ? 0 : k - 1) : undefined;
        },
        [](Real x, Real k) {
          return is_ordinary(x, k) ? (Exact{1} + k * Exact{std::log(x)}) * std::pow(x, k - 1) : undefined;
        },
        [](Real x, Real k) {
          return is_ordinary(x, k) ? Exact{std::pow(x, k) * std::log(x) * std::log(x)} : undefined;
        }}},
      {"subtract", [](const Var& a, const Var& b) { return a - b; }, {}, {zero, zero, zero}},
      {"where", [](const Var& a, const Var& b) { return where(greater(a, b), a, b); }, {}, {zero, zero, zero}},
      {"mean_squared_error",
       [](const Var& p, const Var& y) { return mean_squared_error(p, y, {.reduction = Reduction::none}); },
       {[](Real p, Real y) { return (Exact{p} - y) * 2; }, [](Real p, Real y) { return (Exact{y} - p) * 2; }},
       {[](Real, Real) { return Exact{2}; }, [](Real, Real) { return Exact{-2}; },
        [](Real, Real) { return Exact{2}; }}},
      {"binary_cross_entropy_with_logits",
       [](const Var& z, const Var& y) {
         return binary_cross_entropy_with_logits(z, y, {.reduction = Reduction::none});
       },
       {logit_error, [](Real z, Real) { return Exact{-z}; }},
       {[](Real z, Real) { return sigmoid(z) * sigmoid(-z); }, [](Real, Real) { return Exact{-1}; }, zero}},
      {"binary_cross_entropy of sigmoid",
       [](const Var& z, const Var& y) { return binary_cross_entropy(sigmoid(z), y, {.reduction = Reduction::none}); },
       {logit_error, [](Real z, Real) { return Exact{-z}; }},
       {[](Real z, Real) { return sigmoid(z) * sigmoid(-z); }, [](Real, Real) { return Exact{-1}; }, zero}},
      {"binary_cross_entropy",
       [](const Var& p, const Var& y) { return binary_cross_entropy(p, y, {.reduction = Reduction::none}); },
       {[](Real p, Real y) { return if_probabilities(p, y, (Exact{p} - y) / spread(p)); },
        [](Real p, Real y) { return if_probabilities(p, y, cut_log(1 - p) - cut_log(p)); }},
       {[](Real p, Real y) {
          const Exact cut = Exact{1} / spread(p);
          return if_probabilities(p, y, is_cut(p) ? cut : cut - (Exact{p} - y) * cut * cut * (Exact{1} - 2 * p));
        },
        [](Real p, Real y) { return is_cut(p) ? undefined : if_probabilities(p, y, Exact{-1} / spread(p)); }, zero}},
  };
  return table;
}

template <class T>
using Columns = std::vector<std::vector<T>>;  ///< a, b and dy

/// What is wrong with a derivative that was got for every row of the columns; at most a few rows.
template <class T, class IsRight>
void expect(std::string_view what, const Columns<T>& columns, std::span<const T> got, Derivative derivative,
            IsRight is_right) {
  int failures = 0;
  for (std::size_t i = 0; i < got.size() && failures < 10; ++i) {
    const Real a = columns[0][i], b = columns[1][i];
    const Exact exact = through(columns[2][i], derivative(a, b));
    if (is_right(got[i], exact, a)) continue;
    ++failures;
    UNSCOPED_INFO(what << " at (" << a << ", " << b << ") with dy " << columns[2][i] << ": got " << got[i]
                       << ", right is " << exact.value);
    CHECK(false);
  }
}

template <class T>
void check_first_order(const Function& f) {
  const Columns<T> columns = combinations<T>(2);
  Tape tape;
  const Var x[] = {tape.variable(tensor_of(columns[0])), tape.variable(tensor_of(columns[1]))};
  const Var cost = sum(f.function(x[0], x[1]) * tensor_of(columns[2]));
  for (const std::size_t k : {0, 1}) {
    if (f.slopes[k] == nullptr) continue;
    const Tensor dx = gradient(cost, x[k]).value();
    expect<T>(k == 0 ? "by a" : "by b", columns, dx.data<T>(), f.slopes[k],
              [&](T got, const Exact& exact, Real) { return is_rounded(got, exact, f.worst, T(0)); });
  }
}

/// Second derivatives are products of several factors, of which one may be denormal where a is; and what they are sums of
/// may be infinite, of either sign, where they are beyond the format (docs/gradients.md).
template <class T>
void check_second_order(const Function& f, std::size_t first, std::size_t second) {
  constexpr T smallest = std::numeric_limits<T>::min(), largest = std::numeric_limits<T>::max();
  const Columns<T> columns = combinations<T>(2, false);
  Tape tape;
  const Var x[] = {tape.variable(tensor_of(columns[0])), tape.variable(tensor_of(columns[1]))};
  const Var once = gradient(sum(f.function(x[0], x[1]) * tensor_of(columns[2])), x[first]);
  const Tensor twice = gradient(sum(once), x[second]).value();
  const auto is_right = [&](T got, const Exact& exact, Real a) {
    const bool is_denormal = a != 0 && std::fabs(a) < smallest;
    return is_denormal || std::fabs(exact.value) > largest || is_rounded(got, exact, 3 * f.worst, smallest);
  };
  static constexpr std::string_view by[] = {"by a and then ", "by b and then "};
  expect<T>(std::string{by[first]} + (second == 0 ? "a" : "b"), columns, twice.data<T>(), f.bends[first + second],
            is_right);
}

/// The gradients of the mean of three losses, whose value may overflow.
template <class T>
void check_mean(const Function& f, T special, T dy) {
  const std::vector<T> a{special, T(0.5), T(2)}, b{T(0.25), special, T(1)};
  Tape tape;
  const Var x[] = {tape.variable(tensor_of(a)), tape.variable(tensor_of(b))};
  const Var cost = dy * mean(f.function(x[0], x[1]));
  for (const std::size_t k : {0, 1}) {
    const Tensor dx = gradient(cost, x[k]).value();
    for (std::size_t i = 0; i < a.size(); ++i) {
      // A share of dy is a number of the format.
      const Exact share{Real(dy) / 3, dy == 0 ? 0 : std::fabs(Real(dy) / 3) + std::numeric_limits<T>::min()};
      const Exact exact = through(share, f.slopes[k](a[i], b[i]));
      INFO((k == 0 ? "by a" : "by b") << ", element " << i << " beside " << special << ", dy " << dy);
      INFO("got " << dx.data<T>()[i] << ", right is " << exact.value);
      CHECK(is_rounded(dx.data<T>()[i], exact, 2 * f.worst, T(0)));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("gradients of elementwise losses are the rounded derivatives over a grid of special numbers", "",
                   float, double) {
  for (const Function& f : functions()) {
    INFO(f.name << " in " << name_of(dtype_of<TestType>()));
    check_first_order<TestType>(f);
  }
}

TEMPLATE_TEST_CASE("gradients of a mean of losses are right at special numbers, also where the mean overflows", "",
                   float, double) {
  for (const Function& f : functions()) {
    if (f.slopes[0] == nullptr) continue;
    INFO(f.name << " in " << name_of(dtype_of<TestType>()));
    for (const TestType special : grid<TestType>()) {
      for (const TestType dy : grid<TestType>()) check_mean<TestType>(f, special, dy);
    }
  }
}

TEMPLATE_TEST_CASE("second derivatives by two operands are right over a grid of special numbers", "", float, double) {
  for (const Function& f : functions()) {
    INFO(f.name << " in " << name_of(dtype_of<TestType>()));
    for (const std::size_t first : {0, 1}) {
      for (const std::size_t second : {0, 1}) check_second_order<TestType>(f, first, second);
    }
  }
}

TEST_CASE("third derivatives of pow by both operands do not depend on their order") {
  const double base = 1.5, exponent = 2.5, log = std::log(base);
  Tape tape;
  const Var x = tape.variable(Tensor::full({}, base, DType::f64)),
            k = tape.variable(Tensor::full({}, exponent, DType::f64));
  const auto derivative = [&](const Var& a, const Var& b, const Var& c) {
    return gradient(gradient(gradient(pow(x, k), a), b), c).item();
  };
  const double once = std::pow(base, exponent - 2) * ((exponent - 1) * (1 + exponent * log) + exponent);
  const double twice = std::pow(base, exponent - 1) * (2 * log + exponent * log * log);
  for (const double got : {derivative(x, x, k), derivative(x, k, x), derivative(k, x, x)})
    CHECK(got == Approx(once).epsilon(1e-13));
  for (const double got : {derivative(x, k, k), derivative(k, x, k), derivative(k, k, x)})
    CHECK(got == Approx(twice).epsilon(1e-13));
}
