// Gradients of reductions and of products with a matrix at special and extreme numbers, of first and second order, in f32
// and f64, along columns and rows, against the derivative in long double. What mathematics leaves undefined
// (docs/gradients.md) is left out.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "special_groups.hpp"

using namespace capstan;
using namespace capstan::groups;

namespace {

/// The mean, the distances from it and their root mean square.
struct Moments {
  Exact mean, root, count, share;  ///< the share of each number in dy
  Exacts distance;
  Moments(const Group& g, Real correction) : count{Real(n) - correction} {
    mean = total([&](std::size_t i) { return Exact{g.x[i]}; }) / Real(n);
    mean.size += g.smallest;
    distance = for_all([&](std::size_t i) { return g.x[i] - mean; });
    Real squares = 0, sizes = 0;
    for (const Exact& d : distance) {
      squares += d.value * d.value;
      sizes += d.size * d.size;
    }
    root = {std::sqrt(squares / count.value), std::sqrt(sizes / count.value)};
    if (root.value < g.smallest) root = undefined;
    share = {g.dy[0] / count.value, std::fabs(g.dy[0] / count.value) + g.smallest};
  }
  Exact mean_of_u(const Group& g) const {
    return total([&](std::size_t i) { return Exact{g.u[i]}; }) / Real(n);
  }
};

template <int correction>
Exacts variance_first(const Group& g) {
  const Moments m{g, correction};
  return for_all([&](std::size_t i) { return through(m.share, 2 * m.distance[i]); });
}
template <int correction>
Exacts variance_second(const Group& g) {
  const Moments m{g, correction};
  return for_all([&](std::size_t i) { return through(m.share, (g.u[i] - m.mean_of_u(g)) * 2); });
}
template <int correction>
Exacts stddev_first(const Group& g) {
  const Moments m{g, correction};
  return for_all([&](std::size_t i) { return through(m.share, m.distance[i] / m.root); });
}
template <int correction>
Exacts stddev_second(const Group& g) {
  const Moments m{g, correction};
  const Exact along = total([&](std::size_t i) { return m.distance[i] / m.root * g.u[i]; }) / m.count;
  return for_all([&](std::size_t i) {
    return through(m.share, (g.u[i] - m.mean_of_u(g) - m.distance[i] / m.root * along) / m.root);
  });
}

/// The shares of the numbers for which sign · x is the largest.
template <int sign>
Exacts choice(const Group& g) {
  Real top = -std::numeric_limits<Real>::infinity();
  for (const Real x : g.x) top = std::isnan(x) || x * sign > top ? x * sign : top;
  Real count = 0;
  for (const Real x : g.x) count += Real(x * sign == top);
  return for_all([&](std::size_t i) { return through(g.dy[0], g.x[i] * sign == top ? 1 / count : 0 / count); });
}

constexpr Reals factors{1, -0.5, 2, 0.25};
Exacts product_first(const Group& g) {
  return for_all([&](std::size_t k) { return through(g.dy[0], Exact{factors[k]}); });
}

const std::vector<Function>& functions() {
  constexpr bool folds = true;
  static const std::vector<Function> table{
      {"sum", [](const Var& x, Axis a) { return sum(x, {.axis = a}); }, folds, false,
       [](const Group& g) { return for_all([&](std::size_t) { return Exact{g.dy[0]}; }); }, zeros},
      {"mean", [](const Var& x, Axis a) { return mean(x, {.axis = a}); }, folds, false,
       [](const Group& g) { return for_all([&](std::size_t) { return Exact{g.dy[0] / n}; }); }, zeros},
      {"max", [](const Var& x, Axis a) { return max(x, {.axis = a}); }, folds, false, choice<1>, zeros},
      {"min", [](const Var& x, Axis a) { return min(x, {.axis = a}); }, folds, false, choice<-1>, zeros},
      {"variance", [](const Var& x, Axis a) { return variance(x, {.axis = a}); }, folds, false, variance_first<0>,
       variance_second<0>},
      {"variance", [](const Var& x, Axis a) { return variance(x, {.axis = a, .correction = 1}); }, folds, false,
       variance_first<1>, variance_second<1>},
      {"stddev", [](const Var& x, Axis a) { return stddev(x, {.axis = a}); }, folds, false, stddev_first<0>,
       stddev_second<0>},
      {"stddev", [](const Var& x, Axis a) { return stddev(x, {.axis = a, .correction = 1}); }, folds, false,
       stddev_first<1>, stddev_second<1>},
      {"matmul",
       [](const Var& x, Axis a) {
         const Tensor w = in(factors, x.dtype());
         return a == 0 ? matmul(w, x) : matmul(x, w);
       },
       folds, false, product_first, zeros},
  };
  return table;
}

}  // namespace

TEMPLATE_TEST_CASE("gradients of reductions are the rounded derivatives at special numbers", "", float, double) {
  check_all<TestType>(functions(), false);
}

TEMPLATE_TEST_CASE("second derivatives of reductions are right at special numbers", "", float, double) {
  check_all<TestType>(functions(), true);
}
