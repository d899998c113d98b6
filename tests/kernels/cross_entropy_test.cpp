// The kernels of losses over classes, against long double, on every instruction set of this processor.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

using namespace capstan;
using namespace capstan::kernels;

namespace {

/// One problem: scores (classes, m) and targets of either kind.
template <class T>
struct Problem {
  std::int64_t classes, m;
  std::vector<T> scores, labels, probabilities, weights;
  Targets<T> targets;

  Problem(std::int64_t classes_, std::int64_t m_, bool has_labels, bool has_weights, Rng& rng)
      : classes{classes_},
        m{m_},
        targets{nullptr, nullptr, nullptr, T(0.75), static_cast<T>(0.25 / static_cast<double>(classes_))} {
    const auto size = static_cast<std::size_t>(classes * m);
    for (std::size_t i = 0; i < size; ++i) {
      scores.push_back(static_cast<T>(4 * rng.normal()));
      probabilities.push_back(static_cast<T>(rng.uniform()));
    }
    for (std::int64_t i = 0; i < m; ++i)  // one in five is ignored
      labels.push_back(rng.below(5) == 0 ? T(-1) : static_cast<T>(rng.below(static_cast<std::uint64_t>(classes))));
    for (std::int64_t k = 0; k < classes; ++k) weights.push_back(static_cast<T>(rng.uniform() + 0.5));
    (has_labels ? targets.labels : targets.probabilities) = has_labels ? labels.data() : probabilities.data();
    if (has_weights) targets.weights = weights.data();
  }

  Groups groups() const { return {1, classes, m, m}; }

  std::size_t at(std::int64_t k, std::int64_t i) const { return static_cast<std::size_t>(k * m + i); }

  bool ignored(std::int64_t i) const { return targets.labels != nullptr && labels[static_cast<std::size_t>(i)] < 0; }

  long double target(std::int64_t k, std::int64_t i) const {
    if (ignored(i)) return 0;
    const long double weight =
        targets.weights == nullptr ? 1.0L : static_cast<long double>(weights[static_cast<std::size_t>(k)]);
    const bool is_label = labels[static_cast<std::size_t>(i)] == static_cast<T>(k);
    const long double p =
        targets.labels != nullptr ? (is_label ? 1.0L : 0.0L) : static_cast<long double>(probabilities[at(k, i)]);
    return weight * (static_cast<long double>(targets.off) + static_cast<long double>(targets.on) * p);
  }

  long double log_sum_exp(std::int64_t i) const {
    long double top = -std::numeric_limits<long double>::infinity(), sum = 0;
    for (std::int64_t k = 0; k < classes; ++k) top = std::max(top, static_cast<long double>(scores[at(k, i)]));
    for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(static_cast<long double>(scores[at(k, i)]) - top);
    return top + std::log(sum);
  }
};

template <class T, class F>
void for_problems(F f) {
  for (const Isa isa : all_isas) {
    if (!is_supported(isa)) continue;
    Rng rng{41};
    for (const std::int64_t classes : {1, 2, 10, 70}) {
      for (const std::int64_t m : {1, 2, 3, 5, 8, 15, 16, 17, 33, 128}) {
        for (const bool has_weights : {false, true}) {
          for (const bool has_labels : {false, true}) {
            INFO(name_of(isa) << ", classes " << classes << ", m " << m << ", labels " << has_labels << ", weights "
                              << has_weights);
            f(softmax_loops<T>(isa), Problem<T>(classes, m, has_labels, has_weights, rng));
          }
        }
      }
    }
  }
}

template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

/// Whether a is b but for rounding at the scale given.
template <class T>
bool near(T a, long double b, long double scale) {
  return std::fabs(static_cast<double>(static_cast<long double>(a) - b)) <= 24 * eps<T> * static_cast<double>(scale);
}

}  // namespace

TEMPLATE_TEST_CASE("Cross-entropy kernels of logits agree with long double", "", float, double) {
  using T = TestType;
  for_problems<T>([](const SoftmaxLoops<T>& loops, const Problem<T>& p) {
    std::vector<T> losses(static_cast<std::size_t>(p.m) + 1, T(-7));
    loops.cross_entropy(p.groups(), p.scores.data(), p.targets, losses.data());
    for (std::int64_t i = 0; i < p.m; ++i) {
      long double wanted = 0;
      for (std::int64_t k = 0; k < p.classes; ++k)
        wanted += p.target(k, i) * (p.log_sum_exp(i) - static_cast<long double>(p.scores[p.at(k, i)]));
      REQUIRE(near(losses[static_cast<std::size_t>(i)], wanted, 1 + wanted));
    }
    REQUIRE(losses.back() == T(-7));
  });
}

TEMPLATE_TEST_CASE("Cross-entropy kernels of probabilities agree with long double", "", float, double) {
  using T = TestType;
  for_problems<T>([](const SoftmaxLoops<T>& loops, Problem<T> p) {
    for (T& score : p.scores) score = std::min(std::fabs(score) / 20, T(1));
    p.scores[0] = 0;
    std::vector<T> losses(static_cast<std::size_t>(p.m) + 1, T(-7));
    loops.categorical_cross_entropy(p.groups(), p.scores.data(), p.targets, losses.data());
    for (std::int64_t i = 0; i < p.m; ++i) {
      long double wanted = 0;
      for (std::int64_t k = 0; k < p.classes; ++k)
        wanted += p.target(k, i) * -std::max(std::log(static_cast<long double>(p.scores[p.at(k, i)])), -100.0L);
      REQUIRE(near(losses[static_cast<std::size_t>(i)], wanted, 1 + wanted));
    }
    REQUIRE(losses.back() == T(-7));
  });
}

TEMPLATE_TEST_CASE("The cross-entropy gradient kernel agrees with long double", "", float, double) {
  using T = TestType;
  Rng rng{42};
  for_problems<T>([&](const SoftmaxLoops<T>& loops, const Problem<T>& p) {
    if (p.targets.labels == nullptr) return;
    std::vector<T> dy(static_cast<std::size_t>(p.m)), dz(p.scores.size() + 1, T(-7));
    for (T& v : dy) v = static_cast<T>(rng.normal());
    loops.cross_entropy_gradient(p.groups(), p.scores.data(), p.targets, dy.data(), dz.data());
    for (std::int64_t i = 0; i < p.m; ++i) {
      long double total = 0;
      for (std::int64_t k = 0; k < p.classes; ++k) total += p.target(k, i);
      for (std::int64_t k = 0; k < p.classes; ++k) {
        const long double a = std::exp(static_cast<long double>(p.scores[p.at(k, i)]) - p.log_sum_exp(i));
        const auto factor = static_cast<long double>(dy[static_cast<std::size_t>(i)]);
        const long double wanted = factor * (a * total - p.target(k, i));
        REQUIRE(near(dz[p.at(k, i)], wanted, 1 + std::fabs(factor)));
        if (p.ignored(i)) REQUIRE(dz[p.at(k, i)] == T(0));
      }
    }
    REQUIRE(dz.back() == T(-7));
  });
}
