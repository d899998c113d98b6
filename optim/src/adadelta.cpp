#include <capstan/optim/adadelta.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// The options in the parameter's type.
template <class T>
struct Rates {
  T learning_rate, decay, fresh, epsilon, weight_decay;

  Rates(const AdadeltaOptions& o, const Part<T>& part)
      : learning_rate{static_cast<T>(part.learning_rate)},
        decay{static_cast<T>(o.decay)},
        fresh{static_cast<T>(1.0 - o.decay)},
        epsilon{static_cast<T>(o.epsilon)},
        weight_decay{static_cast<T>(part.weight_decay)} {}
};

template <bool decays, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict square, T* __restrict step,
             const Rates<T>& rates) {
  const auto [learning_rate, decay, fresh, epsilon, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decays>(dp[i], p[i], weight_decay);
    const T v = decay * square[i] + fresh * d * d;
    const T u = std::sqrt(step[i] + epsilon) / std::sqrt(v + epsilon) * d;
    square[i] = v;
    step[i] = decay * step[i] + fresh * u * u;
    p[i] -= learning_rate * u;
  }
}

}  // namespace

Adadelta::Adadelta(ParameterList parameters, const AdadeltaOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "Adadelta",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = {{"square"}, {"step"}},
                   .options = {{"decay", options.decay}, {"epsilon", options.epsilon}}},
                  where},
      options_{options} {
  check_share("decay", options.decay, where);
  check_not_negative("epsilon", options.epsilon, where);
}

template <class T>
void Adadelta::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  for (const Run<T>& x : part) {
    choose(part.weight_decay != 0.0, [&](auto decay) {
      descend<decay()>(std::ssize(x.p), x.p.data(), x.dp.data(), x.slot(0).data(), x.slot(1).data(), rates);
    });
  }
}

template void Adadelta::move(const Part<float>&) const;
template void Adadelta::move(const Part<double>&) const;

}  // namespace capstan::optim
