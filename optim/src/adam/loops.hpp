// The loops of Adam and AdamW, one table for each instruction set. All of them give the same bits: they consist of exactly
// rounded operations in an order that the source fixes.
#pragma once

#include <cstdint>

namespace capstan::optim {

/// What weight decay is added to.
enum class AdamDecay : std::uint8_t { none, gradient, weights };

/// The options of a step in the parameter's type.
template <class T>
struct AdamRates {
  T beta1, fresh1, beta2, fresh2, epsilon, weight_decay;
  T kept;          ///< of the weights, where decay is beside the gradient
  T rate;          ///< α/(1 − β₁ᵗ)
  T inverse_root;  ///< 1/√(1 − β₂ᵗ)
};

/// The elements of a run and what is remembered of them.
template <class T>
struct AdamElements {
  std::int64_t count;
  T* p;
  const T* dp;
  T* mean;
  T* square;
  T* largest;  ///< with amsgrad
};

template <class T>
using AdamLoop = void (*)(const AdamElements<T>& elements, const AdamRates<T>& rates);

/// By AdamDecay, without and with amsgrad.
struct AdamLoops {
  AdamLoop<float> f32[3][2];
  AdamLoop<double> f64[3][2];
};
extern const AdamLoops adam_portable, adam_avx2, adam_avx512;

}  // namespace capstan::optim
