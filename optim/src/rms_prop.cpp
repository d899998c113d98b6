#include <capstan/optim/rms_prop.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// The options in the parameter's type.
template <class T>
struct Rates {
  T learning_rate, decay, fresh, epsilon, weight_decay, momentum;

  Rates(const RmsPropOptions& o, const Part<T>& part)
      : learning_rate{static_cast<T>(part.learning_rate)},
        decay{static_cast<T>(o.decay)},
        fresh{static_cast<T>(1.0 - o.decay)},
        epsilon{static_cast<T>(o.epsilon)},
        weight_decay{static_cast<T>(part.weight_decay)},
        momentum{static_cast<T>(o.momentum)} {}
};

/// The elements of a run and what is remembered of them.
template <class T>
struct Elements {
  std::int64_t count;
  T* p;
  const T* dp;
  T* square;
  T* mean;      // centered
  T* momentum;  // with momentum
};

template <bool decay, bool centered, bool remembers, class T>
void descend(const Elements<T>& x, const Rates<T>& r) {
  T* const __restrict p = x.p;
  const T* const __restrict dp = x.dp;
  T* const __restrict square = x.square, * const __restrict mean = x.mean, * const __restrict momentum = x.momentum;
  const Rates<T> rates = r;  // a copy, which no write can change
  for (std::int64_t i = 0; i < x.count; ++i) {
    const T d = direction<decay>(dp[i], p[i], rates.weight_decay);
    T v = rates.decay * square[i] + rates.fresh * d * d;
    square[i] = v;
    if constexpr (centered) {
      const T m = rates.decay * mean[i] + rates.fresh * d;
      mean[i] = m;
      v -= m * m;
      v = v < 0 ? 0 : v;  // NaN stays NaN
    }
    T u = d / (std::sqrt(v) + rates.epsilon);
    if constexpr (remembers) {
      u += rates.momentum * momentum[i];
      momentum[i] = u;
    }
    p[i] -= rates.learning_rate * u;
  }
}

/// In the order of their numbers, from 1 on behind "square".
std::vector<Slot> slots_of(const RmsPropOptions& options) {
  std::vector<Slot> slots{{"square"}};
  if (options.centered) slots.push_back({"mean"});
  if (options.momentum != 0.0) slots.push_back({"momentum"});
  return slots;
}

}  // namespace

RmsProp::RmsProp(ParameterList parameters, const RmsPropOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters),
                  {.name = "RmsProp",
                   .learning_rate = options.learning_rate,
                   .weight_decay = options.weight_decay,
                   .groups = options.groups,
                   .slots = slots_of(options),
                   .options = {{"decay", options.decay},
                               {"epsilon", options.epsilon},
                               {"momentum", options.momentum},
                               {"centered", options.centered}}},
                  where},
      options_{options} {
  check_share("decay", options.decay, where);
  check_not_negative("epsilon", options.epsilon, where);
  check_not_negative("momentum", options.momentum, where);
}

template <class T>
void RmsProp::move(const Part<T>& part) const {
  const Rates<T> rates{options_, part};
  const bool centered = options_.centered, remembers = options_.momentum != 0.0;
  for (const Run<T>& x : part) {
    const Elements<T> elements{std::ssize(x.p),
                               x.p.data(),
                               x.dp.data(),
                               x.slot(0).data(),
                               centered ? x.slot(1).data() : nullptr,
                               remembers ? x.slot(centered ? 2 : 1).data() : nullptr};
    choose(part.weight_decay != 0.0, [&](auto decay) {
      choose(centered,
             [&](auto c) { choose(remembers, [&](auto m) { descend<decay(), c(), m()>(elements, rates); }); });
    });
  }
}

template void RmsProp::move(const Part<float>&) const;
template void RmsProp::move(const Part<double>&) const;

}  // namespace capstan::optim
