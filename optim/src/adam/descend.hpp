// The loop of Adam, compiled once for each instruction set. The set is part of the function's type, so that no symbol compiled
// for a wide processor can stand in for one of a narrow processor.
#pragma once

#include <cmath>

#include <capstan/tensor/isa.hpp>

#include "adam/loops.hpp"

namespace capstan::optim {

template <kernels::Isa isa, AdamDecay decay, bool amsgrad, class T>
void descend(const AdamElements<T>& x, const AdamRates<T>& r) {
  T* const __restrict p = x.p;
  const T* const __restrict dp = x.dp;
  T* const __restrict mean = x.mean, * const __restrict square = x.square, * const __restrict largest = x.largest;
  const AdamRates<T> rates = r;  // a copy, which no write can change
  for (std::int64_t i = 0; i < x.count; ++i) {
    T d = dp[i];
    if constexpr (decay == AdamDecay::gradient) d += rates.weight_decay * p[i];  // an infinite p does no harm else
    const T m = rates.beta1 * mean[i] + rates.fresh1 * d;
    T v = rates.beta2 * square[i] + rates.fresh2 * d * d;
    mean[i] = m;
    square[i] = v;
    if constexpr (amsgrad) {
      v = largest[i] > v ? largest[i] : v;
      largest[i] = v;
    }
    const T step = rates.rate * m / (std::sqrt(v) * rates.inverse_root + rates.epsilon);
    if constexpr (decay == AdamDecay::weights) {
      p[i] = rates.kept * p[i] - step;
    } else {
      p[i] -= step;
    }
  }
}

/// All loops of an instruction set.
template <kernels::Isa isa>
constexpr AdamLoops adam_loops{
    {{descend<isa, AdamDecay::none, false, float>, descend<isa, AdamDecay::none, true, float>},
     {descend<isa, AdamDecay::gradient, false, float>, descend<isa, AdamDecay::gradient, true, float>},
     {descend<isa, AdamDecay::weights, false, float>, descend<isa, AdamDecay::weights, true, float>}},
    {{descend<isa, AdamDecay::none, false, double>, descend<isa, AdamDecay::none, true, double>},
     {descend<isa, AdamDecay::gradient, false, double>, descend<isa, AdamDecay::gradient, true, double>},
     {descend<isa, AdamDecay::weights, false, double>, descend<isa, AdamDecay::weights, true, double>}}};

}  // namespace capstan::optim
