#include <capstan/optim/adam.hpp>

#include <cmath>
#include <iterator>
#include <utility>

#include "direction.hpp"

namespace capstan::optim {

namespace {

/// What weight decay is added to.
enum class Decay { none, gradient, weights };

/// The options of a step in the parameter's type.
template <class T>
struct Rates {
  T beta1, fresh1, beta2, fresh2, epsilon, weight_decay;
  T kept;          // of the weights, where decay is beside the gradient
  T rate;          // α/(1 − β₁ᵗ)
  T inverse_root;  // 1/√(1 − β₂ᵗ)

  template <class Options>
  Rates(const Options& o, const Part<T>& part)
      : beta1{static_cast<T>(o.beta1)},
        fresh1{static_cast<T>(1.0 - o.beta1)},
        beta2{static_cast<T>(o.beta2)},
        fresh2{static_cast<T>(1.0 - o.beta2)},
        epsilon{static_cast<T>(o.epsilon)},
        weight_decay{static_cast<T>(part.weight_decay)},
        kept{static_cast<T>(1.0 - part.learning_rate * part.weight_decay)},
        rate{static_cast<T>(part.learning_rate / (1.0 - std::pow(o.beta1, part.step)))},
        inverse_root{static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(o.beta2, part.step)))} {}
};

/// The elements of a run and what is remembered of them.
template <class T>
struct Elements {
  std::int64_t count;
  T* p;
  const T* dp;
  T* mean;
  T* square;
  T* largest;  // with amsgrad
};

template <Decay decay, bool amsgrad, class T>
void descend(const Elements<T>& x, const Rates<T>& r) {
  T* const __restrict p = x.p;
  const T* const __restrict dp = x.dp;
  T* const __restrict mean = x.mean, * const __restrict square = x.square, * const __restrict largest = x.largest;
  const Rates<T> rates = r;  // a copy, which no write can change
  for (std::int64_t i = 0; i < x.count; ++i) {
    const T d = direction < decay == Decay::gradient > (dp[i], p[i], rates.weight_decay);
    const T m = rates.beta1 * mean[i] + rates.fresh1 * d;
    T v = rates.beta2 * square[i] + rates.fresh2 * d * d;
    mean[i] = m;
    square[i] = v;
    if constexpr (amsgrad) {
      v = largest[i] > v ? largest[i] : v;
      largest[i] = v;
    }
    const T step = rates.rate * m / (std::sqrt(v) * rates.inverse_root + rates.epsilon);
    if constexpr (decay == Decay::weights) {
      p[i] = rates.kept * p[i] - step;
    } else {
      p[i] -= step;
    }
  }
}

template <Decay decay, class Options, class T>
void move_runs(const Options& options, const Part<T>& part) {
  const Rates<T> rates{options, part};
  for (const Run<T>& x : part) {
    const Elements<T> elements{std::ssize(x.p),  x.p.data(),       x.dp.data(),
                               x.slot(0).data(), x.slot(1).data(), options.amsgrad ? x.slot(2).data() : nullptr};
    choose(options.amsgrad, [&](auto amsgrad) { descend<decay, amsgrad()>(elements, rates); });
  }
}

/// What either says of itself.
template <class Options>
Declaration declaration(std::string_view name, const Options& options) {
  Declaration result{.name = name,
                     .learning_rate = options.learning_rate,
                     .weight_decay = options.weight_decay,
                     .groups = options.groups,
                     .slots = {{"mean"}, {"square"}},
                     .options = {{"beta1", options.beta1},
                                 {"beta2", options.beta2},
                                 {"epsilon", options.epsilon},
                                 {"amsgrad", options.amsgrad}}};
  if (options.amsgrad) result.slots.push_back({"largest"});
  return result;
}

}  // namespace

Adam::Adam(ParameterList parameters, const AdamOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters), declaration("Adam", options), where}, options_{options} {
  check_share("beta1", options.beta1, where);
  check_share("beta2", options.beta2, where);
  check_not_negative("epsilon", options.epsilon, where);
}

template <class T>
void Adam::move(const Part<T>& part) const {
  if (part.weight_decay != 0.0) return move_runs<Decay::gradient>(options_, part);
  move_runs<Decay::none>(options_, part);
}

AdamW::AdamW(ParameterList parameters, const AdamWOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters), declaration("AdamW", options), where}, options_{options} {
  check_share("beta1", options.beta1, where);
  check_share("beta2", options.beta2, where);
  check_not_negative("epsilon", options.epsilon, where);
}

template <class T>
void AdamW::move(const Part<T>& part) const {
  if (part.weight_decay != 0.0) return move_runs<Decay::weights>(options_, part);
  move_runs<Decay::none>(options_, part);
}

template void Adam::move(const Part<float>&) const;
template void Adam::move(const Part<double>&) const;
template void AdamW::move(const Part<float>&) const;
template void AdamW::move(const Part<double>&) const;

}  // namespace capstan::optim
