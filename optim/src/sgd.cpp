#include <capstan/optim/sgd.hpp>

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// The options in the parameter's type.
template <class T>
struct Rates {
  T learning_rate, momentum, fresh, weight_decay;

  Rates(const SgdOptions& o, const Part<T>& part)
      : learning_rate{static_cast<T>(part.learning_rate)},
        momentum{static_cast<T>(o.momentum)},
        fresh{static_cast<T>(1.0 - o.dampening)},
        weight_decay{static_cast<T>(part.weight_decay)} {}
};

template <bool decay, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    p[i] -= learning_rate * direction<decay>(dp[i], p[i], weight_decay);
  }
}

/// Momentum's first step: v = d, undampened.
template <bool decay, bool nesterov, class T>
void start(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict v, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], weight_decay);
    v[i] = d;
    p[i] -= learning_rate * (nesterov ? d + momentum * d : d);
  }
}

template <bool decay, bool nesterov, class T>
void accelerate(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict v, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], weight_decay);
    v[i] = momentum * v[i] + fresh * d;
    p[i] -= learning_rate * (nesterov ? d + momentum * v[i] : v[i]);
  }
}

template <bool decay, bool nesterov, class T>
void move_runs(const Part<T>& part, bool remembers, const Rates<T>& rates) {
  for (const Run<T>& x : part) {
    const std::int64_t n = std::ssize(x.p);
    if (!remembers) {
      descend<decay>(n, x.p.data(), x.dp.data(), rates);
    } else if (part.step == 1.0) {
      start<decay, nesterov>(n, x.p.data(), x.dp.data(), x.slot(0).data(), rates);
    } else {
      accelerate<decay, nesterov>(n, x.p.data(), x.dp.data(), x.slot(0).data(), rates);
    }
  }
}

std::vector<Slot> slots_of(const SgdOptions& options) {
  if (options.momentum == 0.0) return {};
  return {{"momentum"}};
}

}  // namespace

Sgd::Sgd(ParameterList parameters, const SgdOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "Sgd",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = slots_of(options),
                   .options = {{"momentum", options.momentum},
                               {"dampening", options.dampening},
                               {"nesterov", options.nesterov}}},
                  where},
      options_{options} {
  check_not_negative("momentum", options.momentum, where);
  check_not_negative("dampening", options.dampening, where);
  if (!options.nesterov || (options.momentum != 0.0 && options.dampening == 0.0)) return;
  throw ValueError{
      fmt::format("Sgd: nesterov needs momentum above 0 and dampening 0, got momentum {} and dampening {}"
                  "\n  at {}",
                  options.momentum, options.dampening, place(where))};
}

SgdOptions Sgd::options() const { return current(options_); }

template <class T>
void Sgd::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  const bool decay = part.weight_decay != 0.0, remembers = options_.momentum != 0.0;
  if (decay && options_.nesterov) return move_runs<true, true>(part, remembers, rates);
  if (decay) return move_runs<true, false>(part, remembers, rates);
  if (options_.nesterov) return move_runs<false, true>(part, remembers, rates);
  move_runs<false, false>(part, remembers, rates);
}

template void Sgd::move(const Part<float>&) const;
template void Sgd::move(const Part<double>&) const;

}  // namespace capstan::optim
