#include <capstan/optim/adam.hpp>

#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/isa.hpp>

#include "adam/loops.hpp"

namespace capstan::optim {

namespace {

const AdamLoops& loops_of(kernels::Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == kernels::Isa::avx512) return adam_avx512;
  if (isa == kernels::Isa::avx2) return adam_avx2;
#else
  (void)isa;
#endif
  return adam_portable;
}

/// The loops of the set that CAPSTAN_ISA names, or the portable ones if it names no set: the tape that the gradients come
/// from throws for that.
const AdamLoops& loops() noexcept {
  static const AdamLoops& chosen = [&]() -> const AdamLoops& {
    try {
      return loops_of(kernels::chosen_isa());
    } catch (const ValueError&) {
      return adam_portable;
    }
  }();
  return chosen;
}

AdamLoop<float> loop(AdamDecay decay, bool amsgrad, float) {
  return loops().f32[static_cast<std::size_t>(decay)][amsgrad ? 1 : 0];
}
AdamLoop<double> loop(AdamDecay decay, bool amsgrad, double) {
  return loops().f64[static_cast<std::size_t>(decay)][amsgrad ? 1 : 0];
}

template <class Options, class T>
AdamRates<T> rates_of(const Options& o, const Part<T>& part) {
  const double learning_rate = part.learning_rate, step = part.step;
  return {.beta1 = static_cast<T>(o.beta1),
          .fresh1 = static_cast<T>(1.0 - o.beta1),
          .beta2 = static_cast<T>(o.beta2),
          .fresh2 = static_cast<T>(1.0 - o.beta2),
          .epsilon = static_cast<T>(o.epsilon),
          .weight_decay = static_cast<T>(part.weight_decay),
          .kept = static_cast<T>(1.0 - learning_rate * part.weight_decay),
          .rate = static_cast<T>(learning_rate / (1.0 - std::pow(o.beta1, step))),
          .inverse_root = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(o.beta2, step)))};
}

template <class Options, class T>
void move_runs(const Options& options, AdamDecay decay, const Part<T>& part) {
  const AdamRates<T> rates = rates_of(options, part);
  const AdamLoop<T> descend = loop(part.weight_decay != 0.0 ? decay : AdamDecay::none, options.amsgrad, T{});
  for (const Run<T>& x : part) {
    descend({.count = std::ssize(x.p),
             .p = x.p.data(),
             .dp = x.dp.data(),
             .mean = x.slot(0).data(),
             .square = x.slot(1).data(),
             .largest = options.amsgrad ? x.slot(2).data() : nullptr},
            rates);
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
  move_runs(options_, AdamDecay::gradient, part);
}

AdamW::AdamW(ParameterList parameters, const AdamWOptions& options, std::source_location where)
    : OptimizerOf{std::move(parameters), declaration("AdamW", options), where}, options_{options} {
  check_share("beta1", options.beta1, where);
  check_share("beta2", options.beta2, where);
  check_not_negative("epsilon", options.epsilon, where);
}

template <class T>
void AdamW::move(const Part<T>& part) const {
  move_runs(options_, AdamDecay::weights, part);
}

template void Adam::move(const Part<float>&) const;
template void Adam::move(const Part<double>&) const;
template void AdamW::move(const Part<float>&) const;
template void AdamW::move(const Part<double>&) const;

}  // namespace capstan::optim
