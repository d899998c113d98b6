#include <capstan/optim/adagrad.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// The options of a step in the parameter's type.
template <class T>
struct Rates {
  T rate, epsilon, weight_decay;

  Rates(const AdagradOptions& o, const Part<T>& part)
      : rate{static_cast<T>(part.learning_rate / (1.0 + (part.step - 1.0) * o.learning_rate_decay))},
        epsilon{static_cast<T>(o.epsilon)},
        weight_decay{static_cast<T>(part.weight_decay)} {}
};

template <bool decay, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict sum, const Rates<T>& rates) {
  const auto [rate, epsilon, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], weight_decay);
    const T s = sum[i] + d * d;
    sum[i] = s;
    p[i] -= rate * d / (std::sqrt(s) + epsilon);
  }
}

}  // namespace

Adagrad::Adagrad(ParameterList parameters, const AdagradOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "Adagrad",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = {{"sum", options.initial}},
                   .options = {{"learning_rate_decay", options.learning_rate_decay},
                               {"initial", options.initial},
                               {"epsilon", options.epsilon}}},
                  where},
      options_{options} {
  check_not_negative("learning_rate_decay", options.learning_rate_decay, where);
  check_not_negative("initial", options.initial, where);
  check_not_negative("epsilon", options.epsilon, where);
}

template <class T>
void Adagrad::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  for (const Run<T>& x : part) {
    choose(part.weight_decay != 0.0,
           [&](auto decay) { descend<decay()>(std::ssize(x.p), x.p.data(), x.dp.data(), x.slot(0).data(), rates); });
  }
}

template void Adagrad::move(const Part<float>&) const;
template void Adagrad::move(const Part<double>&) const;

}  // namespace capstan::optim
