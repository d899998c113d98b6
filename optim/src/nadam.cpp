#include <capstan/optim/nadam.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

constexpr std::size_t momentum_product = 1;  // among the numbers

/// The momentum factor of a step.
double momentum_at(double step, const NAdamOptions& o) {
  return o.beta1 * (1.0 - 0.5 * std::pow(0.96, step * o.momentum_decay));
}

/// The options of a step in the parameter's type.
template <class T>
struct Rates {
  T beta1, fresh1, beta2, fresh2, epsilon, weight_decay;
  T mean_rate, gradient_rate;  // what m and d are multiplied by
  T inverse_root;              // 1/√(1 − β₂ᵗ)

  Rates(const NAdamOptions& o, const Part<T>& part)
      : beta1{static_cast<T>(o.beta1)},
        fresh1{static_cast<T>(1.0 - o.beta1)},
        beta2{static_cast<T>(o.beta2)},
        fresh2{static_cast<T>(1.0 - o.beta2)},
        epsilon{static_cast<T>(o.epsilon)},
        weight_decay{static_cast<T>(part.weight_decay)},
        inverse_root{static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(o.beta2, part.step)))} {
    const double now = momentum_at(part.step, o), next = momentum_at(part.step + 1.0, o);
    const double product = part.numbers[momentum_product] * now;
    mean_rate = static_cast<T>(part.learning_rate * next / (1.0 - product * next));
    gradient_rate = static_cast<T>(part.learning_rate * (1.0 - now) / (1.0 - product));
  }
};

template <bool decay, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict mean, T* __restrict square,
             const Rates<T>& r) {
  const Rates<T> rates = r;  // a copy, which no write can change
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], rates.weight_decay);
    const T m = rates.beta1 * mean[i] + rates.fresh1 * d;
    const T v = rates.beta2 * square[i] + rates.fresh2 * d * d;
    mean[i] = m;
    square[i] = v;
    p[i] -= (rates.mean_rate * m + rates.gradient_rate * d) / (std::sqrt(v) * rates.inverse_root + rates.epsilon);
  }
}

}  // namespace

NAdam::NAdam(ParameterList parameters, const NAdamOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "NAdam",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = {{"mean"}, {"square"}},
                   .numbers = {{"momentum_product", 1.0}},
                   .options = {{"beta1", options.beta1},
                               {"beta2", options.beta2},
                               {"epsilon", options.epsilon},
                               {"momentum_decay", options.momentum_decay}}},
                  where},
      options_{options} {
  check_share("beta1", options.beta1, where);
  check_share("beta2", options.beta2, where);
  check_not_negative("epsilon", options.epsilon, where);
  check_not_negative("momentum_decay", options.momentum_decay, where);
}

template <class T>
void NAdam::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  for (const Run<T>& x : part) {
    choose(part.weight_decay != 0.0, [&](auto decay) {
      descend<decay()>(std::ssize(x.p), x.p.data(), x.dp.data(), x.slot(0).data(), x.slot(1).data(), rates);
    });
  }
}

void NAdam::updated(std::size_t, std::span<double> numbers) {
  numbers[momentum_product] *= momentum_at(numbers[0], options_);
}

template void NAdam::move(const Part<float>&) const;
template void NAdam::move(const Part<double>&) const;

}  // namespace capstan::optim
