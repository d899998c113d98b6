#include <capstan/ops/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;
using namespace capstan::kernels;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Softmax of one group in long double.
struct Reference {
  std::vector<long double> softmax, log_softmax;
  long double log_sum_exp;

  explicit Reference(const std::vector<long double>& x) {
    const long double top = *std::max_element(x.begin(), x.end());
    long double sum = 0;
    for (const long double v : x) sum += std::exp(v - top);
    log_sum_exp = top + std::log(sum);
    for (const long double v : x) {
      log_softmax.push_back(v - top - std::log(sum));
      softmax.push_back(std::exp(v - top) / sum);
    }
  }
};

template <class F>
void for_isas(F f) {
  for (const Isa isa : all_isas) {
    if (!is_supported(isa)) continue;
    INFO("instruction set " << name_of(isa));
    f(isa);
  }
}

/// Calls f(o, i) for each group.
template <class F>
void for_groups(const Groups& g, F f) {
  for (std::int64_t o = 0; o < g.outer; ++o) {
    for (std::int64_t i = 0; i < g.inner; ++i) f(o, i);
  }
}

std::size_t place(const Groups& g, std::int64_t o, std::int64_t k, std::int64_t i) {
  return static_cast<std::size_t>((o * g.n + k) * g.inner + i);
}

const Groups shapes[] = {{1, 10, 128, 128}, {1, 1, 1, 1},    {3, 5, 1, 1},   {2, 7, 3, 3}, {1, 3, 17, 17},
                         {4, 16, 1, 1},     {2, 33, 1, 1},   {1, 300, 5, 5}, {5, 1, 9, 9}, {1, 10, 65, 65},
                         {1, 2, 40, 40},    {2, 1000, 1, 1}, {0, 3, 2, 2},   {1, 3, 0, 0}};

Tensor column(std::initializer_list<double> numbers) {
  return Tensor::from(numbers, {static_cast<std::int64_t>(numbers.size()), 1});
}

}  // namespace

TEMPLATE_TEST_CASE("The softmax kernels agree with long double for every shape", "", float, double) {
  using T = TestType;
  const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  for_isas([&](Isa isa) {
    const SoftmaxLoops<T>& loops = softmax_loops<T>(isa);
    Rng rng{21};
    for (const Groups& g : shapes) {
      INFO("groups " << g.outer << ", " << g.n << ", " << g.inner);
      const auto size = static_cast<std::size_t>(g.outer * g.n * g.inner);
      std::vector<T> x(size + 1), y(size + 1, T(-7)), log_y(size + 1, T(-7));
      std::vector<T> totals(static_cast<std::size_t>(g.outer * g.inner) + 1, T(-7));
      for (T& v : x) v = static_cast<T>(5 * rng.normal());
      loops.softmax(g, x.data(), y.data());
      loops.log_softmax(g, x.data(), log_y.data());
      loops.log_sum_exp(g, x.data(), totals.data());
      for_groups(g, [&](std::int64_t o, std::int64_t i) {
        std::vector<long double> group;
        for (std::int64_t k = 0; k < g.n; ++k) group.push_back(static_cast<long double>(x[place(g, o, k, i)]));
        const Reference wanted{group};
        // The difference from the largest, up to 40, is rounded before it is exponentiated; sums are of blocks of 32.
        const double in_sum = eps / 2 * static_cast<double>(std::min<std::int64_t>(g.n, 32) + g.n / 32);
        const double bound = 24 * eps + in_sum;
        for (std::int64_t k = 0; k < g.n; ++k) {
          const auto at = static_cast<std::size_t>(k);
          const auto p = static_cast<double>(wanted.softmax[at]);
          REQUIRE(std::fabs(static_cast<double>(y[place(g, o, k, i)]) - p) <= bound * p);
          const auto log_p = static_cast<double>(wanted.log_softmax[at]);
          REQUIRE(std::fabs(static_cast<double>(log_y[place(g, o, k, i)]) - log_p) <=
                  4 * eps * (1 + std::fabs(log_p)) + in_sum);
        }
        const auto total = static_cast<double>(wanted.log_sum_exp);
        REQUIRE(std::fabs(static_cast<double>(totals[static_cast<std::size_t>(o * g.inner + i)]) - total) <=
                4 * eps * (1 + std::fabs(total)) + in_sum);
      });
      REQUIRE(y.back() == T(-7));
      REQUIRE(log_y.back() == T(-7));
      REQUIRE(totals.back() == T(-7));
    }
  });
}

TEMPLATE_TEST_CASE("The softmax gradient kernel agrees with long double for every shape", "", float, double) {
  using T = TestType;
  const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  for_isas([&](Isa isa) {
    Rng rng{22};
    for (const Groups& g : shapes) {
      const auto size = static_cast<std::size_t>(g.outer * g.n * g.inner);
      std::vector<T> y(size), dy(size), dx(size + 1, T(-7));
      for (T& v : y) v = static_cast<T>(rng.uniform());
      for (T& v : dy) v = static_cast<T>(rng.normal());
      softmax_loops<T>(isa).softmax_gradient(g, y.data(), dy.data(), dx.data());
      for_groups(g, [&](std::int64_t o, std::int64_t i) {
        long double sum = 0, reach = 0;
        for (std::int64_t k = 0; k < g.n; ++k) {
          const std::size_t at = place(g, o, k, i);
          sum += static_cast<long double>(y[at]) * static_cast<long double>(dy[at]);
          reach += static_cast<long double>(std::fabs(y[at] * dy[at]));
        }
        for (std::int64_t k = 0; k < g.n; ++k) {
          const std::size_t at = place(g, o, k, i);
          const long double wanted = static_cast<long double>(y[at]) * (static_cast<long double>(dy[at]) - sum);
          const double bound = eps * static_cast<double>(64 * reach + 4);
          REQUIRE(std::fabs(static_cast<double>(static_cast<long double>(dx[at]) - wanted)) <= bound);
        }
      });
      REQUIRE(dx.back() == T(-7));
    }
  });
}

TEST_CASE("softmax sums to 1 along its axis") {
  Tape tape;
  Rng rng{1};
  const Tensor t = Tensor::normal({3, 4, 5}, rng, {.dtype = DType::f64});
  const Var x = tape.constant(t);
  for (const std::int64_t axis : {0, 1, 2, -1, -3}) {
    const Tensor total = sum(softmax(x, {.axis = axis}), {.axis = axis}).value();
    for (const double number : total.data<double>()) REQUIRE(number == Approx(1.0).epsilon(1e-15));
  }
  REQUIRE(softmax(x).value().at({2, 1, 3}) == softmax(x, {.axis = 0}).value().at({2, 1, 3}));
  REQUIRE(softmax(transpose(x), {.axis = 2}).value().at({3, 1, 2}) == Approx(softmax(x).value().at({2, 1, 3})));
}

TEST_CASE("softmax and its kin do not overflow") {
  Tape tape;
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Var x = tape.constant(column({1e4, 0.0, -1e4, 1e4}).cast(dtype));
    const Tensor p = softmax(x).value(), log_p = log_softmax(x).value();
    REQUIRE(p.at({0, 0}) == 0.5);
    REQUIRE(p.at({1, 0}) == 0.0);
    REQUIRE(p.at({2, 0}) == 0.0);
    REQUIRE(log_p.at({0, 0}) == Approx(-std::log(2.0)).epsilon(1e-7));
    REQUIRE(log_p.at({2, 0}) == Approx(-2e4 - std::log(2.0)).epsilon(1e-7));
    REQUIRE(log_sum_exp(x).item() == Approx(1e4 + std::log(2.0)).epsilon(1e-7));
    REQUIRE(softmax(tape.constant(column({-1e4, -1e4}).cast(dtype))).value().at({0, 0}) == 0.5);
    REQUIRE(log_sum_exp(tape.constant(column({-1e30, -1e30}).cast(dtype))).item() == Approx(-1e30));
  }
}

TEST_CASE("softmax and its kin take infinities as limits") {
  Tape tape;
  for (const bool row : {false, true}) {
    const auto of = [&](std::initializer_list<double> numbers) {
      const Tensor t = column(numbers);
      return tape.constant(row ? t.reshape({1, t.shape()[0]}) : t);
    };
    const SoftmaxOptions along{.axis = row ? 1 : 0};
    const auto at = [&](const Var& y, std::int64_t k) { return row ? y.value().at({0, k}) : y.value().at({k, 0}); };
    const Var one = of({1.0, infinity, 2.0});
    REQUIRE(at(softmax(one, along), 0) == 0.0);
    REQUIRE(at(softmax(one, along), 1) == 1.0);
    REQUIRE(at(log_softmax(one, along), 1) == 0.0);
    REQUIRE(at(log_softmax(one, along), 2) == -infinity);
    REQUIRE(log_sum_exp(one, {.axis = along.axis}).item() == infinity);
    const Var two = of({infinity, infinity, 2.0});
    REQUIRE(at(softmax(two, along), 0) == 0.5);
    REQUIRE(at(softmax(two, along), 2) == 0.0);
    const Var low = of({-infinity, 0.0, 0.0});
    REQUIRE(at(softmax(low, along), 0) == 0.0);
    REQUIRE(at(softmax(low, along), 1) == 0.5);
    REQUIRE(at(log_softmax(low, along), 0) == -infinity);
    const Var lowest = of({-infinity, -infinity});
    REQUIRE(at(softmax(lowest, along), 0) == 0.5);
    REQUIRE(log_sum_exp(lowest, {.axis = along.axis}).item() == -infinity);
    const Var bad = of({1.0, not_a_number, infinity});
    for (std::int64_t k = 0; k < 3; ++k) REQUIRE(std::isnan(at(softmax(bad, along), k)));
    REQUIRE(std::isnan(log_sum_exp(bad, {.axis = along.axis}).item()));
  }
}

TEST_CASE("NaN stays in its own group") {
  Tape tape;
  const Tensor p = softmax(tape.constant(Tensor::from({1.0, not_a_number, 1.0, 2.0}, {2, 2}))).value();
  REQUIRE(p.at({0, 0}) == 0.5);
  REQUIRE(std::isnan(p.at({0, 1})));
  REQUIRE(std::isnan(p.at({1, 1})));
}

TEST_CASE("softmax and its kin of nothing") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({0, 3}));
  REQUIRE(softmax(x).value().shape() == Shape{0, 3});
  REQUIRE(log_softmax(x, {.axis = 1}).value().shape() == Shape{0, 3});
  REQUIRE(log_sum_exp(x).value().at({2}) == -infinity);
  REQUIRE(log_sum_exp(x, {.axis = 1, .keepdims = true}).value().shape() == Shape{0, 1});
}

TEST_CASE("log_sum_exp drops its axis or keeps it") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({2, 4}, DType::f64));
  REQUIRE(log_sum_exp(x).shape() == Shape{4});
  REQUIRE(log_sum_exp(x, {.axis = 1, .keepdims = true}).shape() == Shape{2, 1});
  REQUIRE(log_sum_exp(x, {.axis = -1}).value().at({1}) == Approx(std::log(4.0)).epsilon(1e-15));
}

TEST_CASE("Gradients of softmax and its kin agree with central differences, at first and second order") {
  Rng rng{2};
  const Tensor x = Tensor::normal({3, 4, 2}, rng, {.dtype = DType::f64});
  for (const std::int64_t axis : {0, 1, -1}) {
    const auto functions = std::vector<std::function<Var(const Var&)>>{
        [&](const Var& v) { return softmax(v, {.axis = axis}); },
        [&](const Var& v) { return log_softmax(v, {.axis = axis}); },
        [&](const Var& v) { return log_sum_exp(v, {.axis = axis}); },
        [&](const Var& v) { return log_sum_exp(v * v, {.axis = axis, .keepdims = true}); },
    };
    for (std::size_t i = 0; i < functions.size(); ++i) {
      INFO("axis " << axis << ", function " << i);
      check_orders([&](std::span<const Var> in) { return functions[i](in[0]); }, {x});
    }
  }
}

TEST_CASE("The third derivative of softmax agrees with central differences") {
  Rng rng{4};
  const Tensor x = Tensor::normal({3, 2}, rng, {.dtype = DType::f64});
  const GradientReport report = check_gradient(
      [](std::span<const Var> in) {
        const Var y = softmax(in[0]);
        const Var first = gradient(sum(y * y), in[0]);
        return gradient(sum(first * first), in[0]);
      },
      {x}, {.tolerance = 1e-7});
  INFO(to_string(report));
  REQUIRE(report.passed());
}

TEST_CASE("A refused softmax says why and leaves no trace") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 3}), "x");
  const Var number = tape.constant(Tensor::scalar(1.0)), whole = tape.constant(Tensor::from({1, 2}, {2}));
  const std::size_t before = tape.size();
  using Catch::ContainsSubstring;
  REQUIRE_THROWS_AS(softmax(x, {.axis = 2}), IndexError);
  REQUIRE_THROWS_WITH(softmax(x, {.axis = 2}),
                      ContainsSubstring("softmax: axis 2 is out of range for rank 2\n  x: variable \"x\" (2, 3)") &&
                          ContainsSubstring("softmax_test.cpp:"));
  REQUIRE_THROWS_AS(softmax(x, {.axis = 8}), IndexError);
  REQUIRE_THROWS_WITH(softmax(x, {.axis = -9}), ContainsSubstring("softmax: axis -9 is out of range for rank 2"));
  REQUIRE_THROWS_AS(softmax(number), IndexError);
  REQUIRE_THROWS_WITH(log_softmax(x, {.axis = -3}),
                      ContainsSubstring("log_softmax: axis -3 is out of range for rank 2"));
  REQUIRE_THROWS_WITH(log_sum_exp(x, {.axis = 3}), ContainsSubstring("log_sum_exp: axis 3 is out of range for rank 2"));
  REQUIRE_THROWS_AS(softmax(whole), DTypeError);
  REQUIRE_THROWS_WITH(log_softmax(whole), ContainsSubstring("log_softmax: operands must be f32 or f64, got i32"));
  REQUIRE(tape.size() == before);
}
