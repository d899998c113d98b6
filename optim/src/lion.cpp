#include <capstan/optim/lion.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// The options in the parameter's type.
template <class T>
struct Rates {
  T learning_rate, beta1, fresh1, beta2, fresh2;
  T kept;  // of the weights

  Rates(const LionOptions& o, const Part<T>& part)
      : learning_rate{static_cast<T>(part.learning_rate)},
        beta1{static_cast<T>(o.beta1)},
        fresh1{static_cast<T>(1.0 - o.beta1)},
        beta2{static_cast<T>(o.beta2)},
        fresh2{static_cast<T>(1.0 - o.beta2)},
        kept{static_cast<T>(1.0 - part.learning_rate * part.weight_decay)} {}
};

template <bool decay, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict mean, const Rates<T>& rates) {
  const auto [learning_rate, beta1, fresh1, beta2, fresh2, kept] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T u = beta1 * mean[i] + fresh1 * dp[i];
    const T signed_rate = u == 0 ? T(0) : std::copysign(learning_rate, u);
    const T step = u == u ? signed_rate : u;  // NaN stays NaN
    mean[i] = beta2 * mean[i] + fresh2 * dp[i];
    p[i] = (decay ? kept * p[i] : p[i]) - step;
  }
}

}  // namespace

Lion::Lion(ParameterList parameters, const LionOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "Lion",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = {{"mean"}},
                   .options = {{"beta1", options.beta1}, {"beta2", options.beta2}}},
                  where},
      options_{options} {
  check_share("beta1", options.beta1, where);
  check_share("beta2", options.beta2, where);
}

template <class T>
void Lion::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  for (const Run<T>& x : part) {
    choose(part.weight_decay != 0.0,
           [&](auto decay) { descend<decay()>(std::ssize(x.p), x.p.data(), x.dp.data(), x.slot(0).data(), rates); });
  }
}

template void Lion::move(const Part<float>&) const;
template void Lion::move(const Part<double>&) const;

}  // namespace capstan::optim
