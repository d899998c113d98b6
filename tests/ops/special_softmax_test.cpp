// Gradients of softmax, its kin and the losses over classes at special and extreme numbers, of first and second order, in
// f32 and f64, along columns and rows, against the derivative in long double. What mathematics leaves undefined
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

/// softmax(x): undefined for infinities but −inf beside other numbers. Below the smallest normal number it has as few
/// digits as the format.
struct Shares {
  Exacts p;
  Reals log;
  explicit Shares(const Group& g) {
    Real top = -std::numeric_limits<Real>::infinity(), sum = 0;
    for (const Real x : g.x) top = std::isnan(x) || x > top ? x : top;
    for (const Real x : g.x) sum += std::exp(x - top);
    for (std::size_t i = 0; i < n; ++i) {
      log[i] = g.x[i] - top - std::log(sum);
      const Real share = std::exp(g.x[i] - top) / sum;
      p[i] = {share, share + g.smallest};
    }
  }
  Exact mean(const Reals& a) const {
    return total([&](std::size_t i) { return through(a[i], p[i]); });
  }
};

Exacts log_sum_exp_first(const Group& g) {
  const Shares s{g};
  return for_all([&](std::size_t i) { return through(g.dy[0], s.p[i]); });
}
Exacts log_sum_exp_second(const Group& g) {
  const Shares s{g};
  return for_all([&](std::size_t i) { return through(g.dy[0], s.p[i] * (g.u[i] - s.mean(g.u))); });
}
Exacts softmax_first(const Group& g) {
  const Shares s{g};
  return for_all([&](std::size_t i) { return through(g.dy[i] - s.mean(g.dy), s.p[i]); });
}
Exacts softmax_second(const Group& g) {
  const Shares s{g};
  const Exact of_dy = s.mean(g.dy), of_u = s.mean(g.u);
  const Exact of_both = total([&](std::size_t i) { return through(g.dy[i], s.p[i] * g.u[i]); });
  return for_all([&](std::size_t i) {
    const Exact here = Exact{g.u[i]} * g.dy[i];
    return through(here - of_both - of_u * (g.dy[i] - of_dy) - of_dy * (g.u[i] - of_u), s.p[i]);
  });
}
/// The shares are made of the result, and so have the digits of its exponential. Gradients are summed as they are.
Exacts log_softmax_first(const Group& g) {
  const Shares s{g};
  const bool overflows = std::fabs(sum_of(g.dy).value) > g.largest;
  return for_all([&](std::size_t i) {
    const Exact p{s.p[i].value, s.p[i].size * (1 + std::fabs(s.log[i]))};
    return overflows ? Exact{undefined} : g.dy[i] - through(sum_of(g.dy), p);
  });
}
Exacts log_softmax_second(const Group& g) {
  const Shares s{g};
  return for_all([&](std::size_t i) { return through(sum_of(g.dy), s.p[i] * (s.mean(g.u) - g.u[i])); });
}

constexpr double smoothing = 0.25;
constexpr Reals given{0.125, 0, 0.25, 0.5}, weights{1, 0, 2, 0.5};

/// Column i has the label i mod 4.
Tensor labels(std::int64_t count) {
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<std::int32_t>(i % std::int64_t(n)));
  return tensor_of(numbers);
}
Tensor given_targets(const Var& x) { return in(given, x.dtype()).reshape({n, 1}).broadcast_to(x.shape()).copy(); }
CrossEntropyOptions each(const Var& x, bool weighted, double smooth = 0) {
  CrossEntropyOptions options{.reduction = Reduction::none, .label_smoothing = smooth};
  if (weighted) options.class_weights = in(weights, x.dtype());
  return options;
}

enum class Target { label, smooth_weighted_label, weighted_share };

/// What the loss multiplies −log p with.
template <Target target>
Reals targets_of(const Group& g) {
  Reals t;
  for (std::size_t k = 0; k < n; ++k) {
    const Real is = Real(k == g.label);
    t[k] = target == Target::label                   ? is
           : target == Target::smooth_weighted_label ? weights[k] * ((1 - smoothing) * is + smoothing / n)
                                                     : weights[k] * given[k];
  }
  return t;
}
template <Target target>
Exacts cross_entropy_first(const Group& g) {
  const Shares s{g};
  const Reals t = targets_of<target>(g);
  return for_all([&](std::size_t k) { return through(g.dy[0], sum_of(t) * s.p[k] - t[k]); });
}
template <Target target>
Exacts cross_entropy_second(const Group& g) {
  const Shares s{g};
  const Reals t = targets_of<target>(g);
  return for_all([&](std::size_t k) { return through(g.dy[0], sum_of(t) * s.p[k] * (g.u[k] - s.mean(g.u))); });
}
template <Target target>
Exacts categorical_first(const Group& g) {
  const Reals t = targets_of<target>(g);
  return for_all([&](std::size_t k) {
    return through(g.dy[0], Exact{-t[k] / (g.x[k] > 1e-12L || std::isnan(g.x[k]) ? g.x[k] : 1e-12L)});
  });
}
template <Target target>
Exacts categorical_second(const Group& g) {
  const Reals t = targets_of<target>(g);
  return for_all([&](std::size_t k) {
    return through(g.dy[0], g.x[k] > 1e-12L ? through(t[k], Exact{g.u[k] / (g.x[k] * g.x[k])}) : Exact{g.x[k] * 0});
  });
}

const std::vector<Function>& functions() {
  constexpr bool folds = true, columns_only = true;
  constexpr auto label = Target::label, smooth = Target::smooth_weighted_label, share = Target::weighted_share;
  static const std::vector<Function> table{
      {"log_sum_exp", [](const Var& x, Axis a) { return log_sum_exp(x, {.axis = a}); }, folds, false, log_sum_exp_first,
       log_sum_exp_second},
      {"softmax", [](const Var& x, Axis a) { return softmax(x, {.axis = a}); }, !folds, false, softmax_first,
       softmax_second, 6},
      {"log_softmax", [](const Var& x, Axis a) { return log_softmax(x, {.axis = a}); }, !folds, false,
       log_softmax_first, log_softmax_second},
      {"cross_entropy of labels",
       [](const Var& x, Axis) { return cross_entropy(x, labels(x.shape()[1]), each(x, false)); }, folds, columns_only,
       cross_entropy_first<label>, cross_entropy_second<label>},
      {"cross_entropy of weighted labels, smoothed",
       [](const Var& x, Axis) { return cross_entropy(x, labels(x.shape()[1]), each(x, true, smoothing)); }, folds,
       columns_only, cross_entropy_first<smooth>, cross_entropy_second<smooth>},
      {"cross_entropy of weighted shares",
       [](const Var& x, Axis) { return cross_entropy(x, given_targets(x), each(x, true)); }, folds, columns_only,
       cross_entropy_first<share>, cross_entropy_second<share>},
      {"categorical_cross_entropy of labels",
       [](const Var& x, Axis) { return categorical_cross_entropy(x, labels(x.shape()[1]), each(x, false)); }, folds,
       columns_only, categorical_first<label>, categorical_second<label>},
      {"categorical_cross_entropy of weighted shares",
       [](const Var& x, Axis) { return categorical_cross_entropy(x, given_targets(x), each(x, true)); }, folds,
       columns_only, categorical_first<share>, categorical_second<share>},
      {"categorical_cross_entropy of softmax",
       [](const Var& x, Axis) { return categorical_cross_entropy(softmax(x), labels(x.shape()[1]), each(x, false)); },
       folds, columns_only, cross_entropy_first<label>, cross_entropy_second<label>},
  };
  return table;
}

}  // namespace

TEMPLATE_TEST_CASE("gradients of softmax and its kin are the rounded derivatives at special numbers", "", float,
                   double) {
  check_all<TestType>(functions(), false);
}

TEMPLATE_TEST_CASE("second derivatives of softmax and its kin are right at special numbers", "", float, double) {
  check_all<TestType>(functions(), true);
}

TEMPLATE_TEST_CASE("a class without weight, or a target smoothed away, has no influence, however unlikely the class",
                   "", float, double) {
  const DType dtype = dtype_of<TestType>();
  const double inf = std::numeric_limits<double>::infinity();
  const auto gradient_of = [&](const CrossEntropyOptions& options, auto loss) {
    Tape tape;
    const Var target = tape.variable(Tensor::from({0.25, 0.75}, {2, 1}).cast(dtype));
    const Var z = tape.variable(Tensor::from({-inf, 0.0}, {2, 1}).cast(dtype));
    const Tensor dt = gradient(loss(z, target, options), target).value();
    return std::vector<double>{dt.at({0, 0}), dt.at({1, 0})};
  };
  const auto of_logits = [](const Var& z, const Var& t, const auto& o) { return cross_entropy(z, t, o); };
  const auto of_softmax = [](const Var& z, const Var& t, const auto& o) {
    return categorical_cross_entropy(softmax(z), t, o);
  };
  const Tensor weights = Tensor::from({0.0, 2.0}, {2}).cast(dtype);
  const std::vector<double> none{0, 0};
  CHECK(gradient_of({.class_weights = weights}, of_logits) == none);
  CHECK(gradient_of({.class_weights = weights}, of_softmax) == none);
  CHECK(gradient_of({.label_smoothing = 1}, of_logits) == none);
  CHECK(gradient_of({}, of_logits) == std::vector<double>{inf, 0});
}
