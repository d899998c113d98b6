// Cross-entropy over classes (classes, m): a register holds one class of neighbouring examples.
#pragma once

#include <capstan/kernels/softmax/softmax.hpp>

#include "softmax/columns.hpp"

namespace capstan::kernels {

/// Targets made of labels.
template <class T, class A, bool whole>
struct LabelTargets {
  using V = Lanes<T, A>;

  const Targets<T>& targets;
  V label;

  LabelTargets(const Targets<T>& t, Strip<T, A, whole> strip, std::int64_t column) noexcept
      : targets{t}, label{strip.load(t.labels + column, 0)} {}

  /// Of class k; 0 for an example that is ignored.
  V at(std::int64_t k) const noexcept {
    const T weight = targets.weights == nullptr ? T(1) : targets.weights[k];
    const V is(weight * (targets.off + targets.on)), is_not(weight * targets.off);
    return select(ignored(), V(0), select(label == V(k), is, is_not));
  }
  Mask<T, A> ignored() const noexcept { return label < V(0); }
  /// What is not looked at costs nothing, not even NaN.
  V if_counted(V loss) const noexcept { return select(ignored(), V(0), loss); }
};

/// Targets that are probabilities.
template <class T, class A, bool whole>
struct GivenTargets {
  using V = Lanes<T, A>;

  const Targets<T>& targets;
  Strip<T, A, whole> strip;
  std::int64_t column;

  GivenTargets(const Targets<T>& t, Strip<T, A, whole> s, std::int64_t c) noexcept : targets{t}, strip{s}, column{c} {}

  V at(std::int64_t k) const noexcept {
    const V weight(targets.weights == nullptr ? T(1) : targets.weights[k]);
    return weight * (V(targets.off) + V(targets.on) * strip.load(targets.probabilities + column, k));
  }
  V if_counted(V loss) const noexcept { return loss; }
};

/// −log p of every class, from logits.
template <class T, class A, bool whole>
struct LogitCosts {
  using V = Lanes<T, A>;

  Strip<T, A, whole> strip;
  const T* z;
  V top, log_total;

  LogitCosts(Strip<T, A, whole> s, std::int64_t classes, const T* from) noexcept
      : strip{s},
        z{from},
        top{largest(s, classes, from)},
        log_total{log(SoftmaxStrip<T, A, whole>::total_below(s, classes, from, top))} {}

  /// target · −log p; a class whose target is 0 costs nothing, even if it is infinitely unlikely.
  V times(V target, std::int64_t k) const noexcept {
    return select(target == V(0), V(0), target * (log_total - below(strip.load(z, k), top)));
  }
  /// A NaN among the logits makes the logarithm of the total NaN, and goes through whatever the targets are.
  V whole_loss(V loss) const noexcept { return select(log_total == log_total, loss, log_total); }
};

/// −log p of every class, from p itself.
template <class T, class A, bool whole>
struct ProbabilityCosts {
  using V = Lanes<T, A>;

  Strip<T, A, whole> strip;
  const T* p;

  ProbabilityCosts(Strip<T, A, whole> s, std::int64_t, const T* from) noexcept : strip{s}, p{from} {}

  V times(V target, std::int64_t k) const noexcept { return target * -max(log(strip.load(p, k)), V(-100)); }
  V whole_loss(V loss) const noexcept { return loss; }
};

template <class T, class A>
struct CrossEntropy {
  using V = Lanes<T, A>;

  static void from_logits(const Groups& g, const T* z, const Targets<T>& targets, T* losses) noexcept {
    if (targets.labels != nullptr) {
      losses_of<LogitCosts, LabelTargets>(g, z, targets, losses);
    } else {
      losses_of<LogitCosts, GivenTargets>(g, z, targets, losses);
    }
  }

  static void from_probabilities(const Groups& g, const T* p, const Targets<T>& targets, T* losses) noexcept {
    if (targets.labels != nullptr) {
      losses_of<ProbabilityCosts, LabelTargets>(g, p, targets, losses);
    } else {
      losses_of<ProbabilityCosts, GivenTargets>(g, p, targets, losses);
    }
  }

  static void gradient(const Groups& g, const T* z, const Targets<T>& targets, const T* dy, T* dz) noexcept {
    for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t column) {
      const LabelTargets<T, A, whole> target{targets, strip, column};
      const T* const from = z + column;
      T* const to = dz + column;
      const V top = largest(strip, g.n, from);
      const V target_total = sum_rows<V>(g.n, [&](std::int64_t k) { return target.at(k); });
      const V total = sum_rows<V>(g.n, [&](std::int64_t k) {
        const V e = exp(below(strip.load(from, k), top));
        strip.store(e, to, k);
        return e;
      });
      const V factor = strip.load(dy + column, 0);
      for (std::int64_t k = 0; k < g.n; ++k) {
        const V slope = target_total * (strip.load(to, k) / total) - target.at(k);
        strip.store(select(target.ignored(), V(0), chain(factor, slope)), to, k);
      }
    });
  }

 private:
  template <template <class, class, bool> class Costs, template <class, class, bool> class Target>
  static void losses_of(const Groups& g, const T* scores, const Targets<T>& targets, T* losses) noexcept {
    for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t column) {
      const Target<T, A, whole> target{targets, strip, column};
      const Costs<T, A, whole> cost{strip, g.n, scores + column};
      const V loss = sum_rows<V>(g.n, [&](std::int64_t k) { return cost.times(target.at(k), k); });
      strip.store(target.if_counted(g.n == 0 ? loss : cost.whole_loss(loss)), losses + column, 0);
    });
  }
};

}  // namespace capstan::kernels
