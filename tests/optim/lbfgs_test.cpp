#include <capstan/optim/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Lbfgs;
using optim::LbfgsOptions;
using reference::Numbers;

namespace {

constexpr std::size_t dimensions = 8;

/// Rosenbrock's valley, Σ 10·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²: on a tape, and by itself with its gradient.
Var valley(Tape& tape, const Parameter& p) {
  tape.rewind();
  const Var x = tape.parameter(p);
  const auto n = static_cast<std::int64_t>(dimensions);
  const Var low = slice(x, {.stop = n - 1}), high = slice(x, {.start = 1});
  return sum(square(high - square(low)) * 10.0 + square(1.0 - low));
}
double valley(const Numbers& x, Numbers& g) {
  double cost = 0.0;
  g.assign(x.size(), 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double miss = x[i + 1] - x[i] * x[i];
    cost += 10.0 * miss * miss + (1.0 - x[i]) * (1.0 - x[i]);
    g[i] += -40.0 * miss * x[i] - 2.0 * (1.0 - x[i]);
    g[i + 1] += 20.0 * miss;
  }
  return cost;
}
const Numbers far{-1.2, 1.0, -0.5, 0.8, 1.5, -1.0, 0.3, 2.0};

/// Nocedal and Wright, written for numbers in plain order and with the explicit matrix H instead of the two loops: with a
/// history as long as the run, and H₀ rescaled in each iteration, both are the same in exact arithmetic.
struct Reference {
  Numbers x, g;
  double cost = 0.0;
  std::vector<std::pair<Numbers, Numbers>> changes;

  static double dot(const Numbers& a, const Numbers& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }

  /// H·v by its recursive definition, (7.16): H := (I − ρsyᵀ)·H·(I − ρysᵀ) + ρssᵀ, over the last changes.
  Numbers times_h(const Numbers& v, std::size_t used, std::size_t oldest) const {
    if (used == oldest) {
      const auto& [s, y] = changes.back();
      Numbers result = v;
      for (double& e : result) e *= dot(s, y) / dot(y, y);
      return result;
    }
    const auto& [s, y] = changes[used - 1];
    const double rho = 1.0 / dot(s, y), along = rho * dot(s, v);
    Numbers inner = v;
    for (std::size_t i = 0; i < v.size(); ++i) inner[i] -= along * y[i];
    Numbers result = times_h(inner, used - 1, oldest);
    const double back = rho * dot(y, result);
    for (std::size_t i = 0; i < v.size(); ++i) result[i] += (along - back) * s[i];
    return result;
  }

  Numbers direction(std::size_t history) const {
    const std::size_t count = changes.size();
    Numbers d = count == 0 ? g : times_h(g, count, count - std::min(count, history));
    for (double& e : d) e = -e;
    return d;
  }

  /// The move from x must be t·d for one t that satisfies the conditions.
  void check_move(const Numbers& to, std::size_t history) {
    const Numbers d = direction(history);
    Numbers s = to, y;
    for (std::size_t i = 0; i < s.size(); ++i) s[i] -= x[i];
    const double t = dot(s, d) / dot(d, d);
    double off = 0.0, size = 0.0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      off = std::max(off, std::fabs(s[i] - t * d[i]));
      size = std::max(size, std::fabs(s[i]));
    }
    CHECK(t > 0.0);
    CHECK(off <= 1e-10 * std::max(size, 1e-3));
    const double cost_now = valley(to, y), slope = dot(g, d), slope_now = dot(y, d);
    CHECK(cost_now <= cost + 1e-4 * t * slope);
    if (cost > 1e-9) CHECK(std::fabs(slope_now) <= 0.9 * std::fabs(slope) * (1.0 + 1e-9));
    const Numbers g_now = y;
    for (std::size_t i = 0; i < y.size(); ++i) y[i] -= g[i];
    if (dot(s, y) > 1e-10) changes.emplace_back(s, y);
    x = to;
    g = g_now;
    cost = cost_now;
  }
};

Lbfgs::Cost cost_of(Tape& tape, const Parameter& p) {
  return [&tape, p] { return valley(tape, p); };
}

}  // namespace

TEST_CASE("Each iteration goes along −H·g of its definition, and ends where the strong Wolfe conditions hold") {
  for (const std::size_t history : {std::size_t{3}, std::size_t{100}}) {
    INFO("history " << history);
    const Parameter p{"p", reference::tensor(far)};
    Tape tape;
    Lbfgs descent{{p},
                  {.max_iterations = 1,
                   .tolerance_gradient = 0.0,
                   .tolerance_change = 0.0,
                   .history = static_cast<std::int64_t>(history)}};
    Reference r{far, {}, 0.0, {}};
    r.cost = valley(r.x, r.g);
    int iterations = 0;
    for (; iterations < 60 && r.cost > 1e-13; ++iterations) {
      CHECK(descent.step(cost_of(tape, p)) == Approx(r.cost).epsilon(1e-10));
      r.check_move(reference::list(p.value()), history);
    }
    CHECK(r.cost < 1e-12);
    CHECK(iterations > 10);
    CHECK(descent.iterations() == iterations);
    for (const double x : reference::list(p.value())) CHECK(x == Approx(1.0).margin(1e-5));
  }
}

TEST_CASE("A quadratic's first two iterations are those of a calculation by hand") {
  // f = (x² + 4y²)/2 from (2, 1): g = (2, 4); the first length is 1/6. At (5/3, 1/3) the cost has fallen from 4 to 29/18 and
  // the slope is −(10/3 + 16/3) = −26/3, flatter than 0.9·20, so that the search ends there.
  const Parameter p{"p", reference::tensor({2.0, 1.0})};
  const Tensor weights = reference::tensor({1.0, 4.0});
  Tape tape;
  Lbfgs descent{{p}, {.max_iterations = 1}};
  const auto cost = [&] {
    tape.rewind();
    return sum(square(tape.parameter(p)) * weights) / 2.0;
  };
  CHECK(descent.step(cost) == 4.0);
  CHECK(p.value().at({0}) == Approx(5.0 / 3.0).epsilon(1e-14));
  CHECK(p.value().at({1}) == Approx(1.0 / 3.0).epsilon(1e-14));
  // s = (−1/3, −2/3), y = (−1/3, −8/3): y·s = 17/9, y·y = 65/9, H₀ = 17/65, ρ = 9/17; g = (5/3, 4/3).
  const double rho = 9.0 / 17.0, alpha = rho * (5.0 / 9.0 + 8.0 / 9.0);
  const double q0 = -5.0 / 3.0 + alpha / 3.0, q1 = -4.0 / 3.0 + alpha * 8.0 / 3.0;
  const double r0 = q0 * 17.0 / 65.0, r1 = q1 * 17.0 / 65.0;
  const double beta = rho * (-r0 / 3.0 - 8.0 * r1 / 3.0), left = alpha - beta;
  const double d0 = r0 - left / 3.0, d1 = r1 - left * 2.0 / 3.0;
  CHECK(descent.step(cost) == Approx(29.0 / 18.0).epsilon(1e-14));
  const double t = (p.value().at({0}) - 5.0 / 3.0) / d0;
  CHECK(t == Approx(1.0).epsilon(1e-10));
  CHECK(p.value().at({1}) == Approx(1.0 / 3.0 + d1).epsilon(1e-10));
}

TEST_CASE("One step of many iterations finds the minimum, in double and in float") {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Parameter p{"p", reference::tensor(far).cast(dtype)};
    Tape tape;
    Lbfgs descent{{p}, {.max_iterations = 200}};
    (void)descent.step([&] { return valley(tape, p); });
    for (const double x : reference::list(p.value())) CHECK(x == Approx(1.0).margin(dtype == DType::f64 ? 1e-6 : 1e-2));
    CHECK(descent.evaluations() <= 250);
    const std::int64_t evaluations = descent.evaluations();
    (void)descent.step([&] { return valley(tape, p); });
    CHECK(descent.evaluations() <= evaluations + 25);  // there is nothing more to be found
  }
}

TEST_CASE("A step that is continued from saved state goes on bit for bit") {
  for (const int before : {0, 1, 4, 9}) {
    const Parameter p{"p", reference::tensor(far)};
    Tape tape;
    const LbfgsOptions options{.max_iterations = 2, .history = 4};
    Lbfgs descent{{p}, options};
    for (int i = 0; i < before; ++i) (void)descent.step(cost_of(tape, p));
    const Parameter q = p.clone();
    Lbfgs continued{{q}, options};
    continued.set_state(descent.state());
    CHECK(continued.iterations() == descent.iterations());
    CHECK(continued.evaluations() == descent.evaluations());
    for (int i = 0; i < 5; ++i) {
      (void)descent.step(cost_of(tape, p));
      (void)continued.step(cost_of(tape, q));
      CHECK(same_bits(p.value(), q.value()));
    }
  }
}

TEST_CASE("A cost that is infinite or NaN beyond a border is too high there") {
  const Parameter p{"p", reference::tensor({0.5})};
  Tape tape;
  Lbfgs descent{{p}, {.learning_rate = 50.0, .max_iterations = 30}};
  (void)descent.step([&] {  // x − log x, which has no value below 0
    tape.rewind();
    const Var x = tape.parameter(p);
    return sum(x - log(x));
  });
  CHECK(p.value().at({0}) == Approx(1.0).margin(1e-5));
}

TEST_CASE("What the cost throws leaves the parameters as the line search began") {
  const Parameter p{"p", reference::tensor(far)};
  Tape tape;
  Lbfgs descent{{p}};
  int calls = 0;
  CHECK_THROWS_AS(descent.step([&]() -> Var {
    if (++calls == 2) throw std::runtime_error{"the data ends"};
    return valley(tape, p);
  }),
                  std::runtime_error);
  CHECK(reference::list(p.value()) == far);
}

TEST_CASE("A parameter that the cost does not depend on stays as it is") {
  const Parameter p{"p", reference::tensor(far)}, idle{"idle", reference::tensor({1.0, 2.0})};
  Tape tape;
  Lbfgs descent{{idle, p}};
  (void)descent.step([&] { return valley(tape, p); });
  CHECK(reference::list(idle.value()) == Numbers{1.0, 2.0});
  CHECK(reference::list(p.value()) != far);
}

TEST_CASE("Options that make no Lbfgs, and a cost that is not finite, are refused by name and value") {
  const Parameter p{"p", reference::tensor(far)};
  const auto refused = [&](const LbfgsOptions& options, const std::string& text) {
    INFO(text);
    CHECK_THROWS_AS(Lbfgs({p}, options), ValueError);
    CHECK_THROWS_WITH(Lbfgs({p}, options), ContainsSubstring("Lbfgs: " + text + "\n  at lbfgs_test.cpp:"));
  };
  refused({.learning_rate = 0.0}, "learning_rate must be finite and above 0, got 0");
  refused({.max_iterations = 0}, "max_iterations must be at least 1, got 0");
  refused({.max_evaluations = -1}, "max_evaluations must not be negative, got -1");
  refused({.tolerance_gradient = -1.0}, "tolerance_gradient must be finite and not negative, got -1");
  refused({.tolerance_change = std::nan("")}, "tolerance_change must be finite and not negative, got nan");
  refused({.history = 0}, "history must be at least 1, got 0");
  Lbfgs descent{{p}};
  Tape tape;
  const auto nan = [&] { return valley(tape, p) * std::numeric_limits<double>::quiet_NaN(); };
  CHECK_THROWS_AS(descent.step(nan), ValueError);
  CHECK_THROWS_WITH(descent.step(nan), ContainsSubstring("Lbfgs: the cost must be finite, got nan\n  at lbfgs_test"));
  CHECK_THROWS_WITH(descent.set_learning_rate(-1.0), ContainsSubstring("learning_rate must be finite and above 0"));
  CHECK(reference::list(p.value()) == far);
}

TEST_CASE("State of Lbfgs that does not fit is refused, and nothing is changed") {
  const Parameter p{"p", reference::tensor(far)};
  Tape tape;
  Lbfgs descent{{p}, {.max_iterations = 3, .max_evaluations = 100}};
  CHECK(descent.state().empty());
  (void)descent.step(cost_of(tape, p));
  const std::vector<optim::StateEntry> good = descent.state();
  CHECK(good[0].name() == "Lbfgs.iterations");
  const auto with = [&](std::size_t i, const Tensor& value) {
    std::vector<optim::StateEntry> state = good;
    state[i].value = value;
    return state;
  };
  std::vector<optim::StateEntry> part = good, unknown = good, twice = good;
  part.pop_back();
  unknown[0].slot = "steps";
  twice.push_back(good[2]);
  CHECK_THROWS_WITH(descent.set_state(part), ContainsSubstring("Lbfgs: state must be whole, \"y\" is missing\n  at "));
  CHECK_THROWS_WITH(descent.set_state(unknown), ContainsSubstring("no state is called \"Lbfgs.steps\""));
  CHECK_THROWS_WITH(descent.set_state(twice), ContainsSubstring("state \"Lbfgs.step_length\" is given twice"));
  CHECK_THROWS_WITH(descent.set_state(with(0, Tensor::scalar(1.5, DType::f64))),
                    ContainsSubstring("\"iterations\" must be a whole number from 1 on, got 1.5"));
  CHECK_THROWS_AS(descent.set_state(with(4, reference::tensor({1.0}))), ShapeError);
  CHECK_THROWS_AS(descent.set_state(with(0, Tensor::scalar(1.0))), DTypeError);
  Lbfgs shorter{{p}, {.history = 1}};
  CHECK_THROWS_WITH(shorter.set_state(good), ContainsSubstring("changes, and the history 1"));
  CHECK(descent.iterations() == 3);
  descent.set_state({});
  CHECK(descent.state().empty());
}
