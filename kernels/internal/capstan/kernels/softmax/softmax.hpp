// Softmax and what follows from it, along one axis of a row-major array. Only differences from the largest element are
// exponentiated, and an element that equals the largest differs from it by 0, infinities included.
#pragma once

#include <cstdint>

#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// An array as groups of n elements, one group for each position beside the axis: element k of group (o, i) lies at
/// (o·n + k)·step + i. Where the step is more than inner, these are some columns of an array, and outer is 1.
struct Groups {
  std::int64_t outer, n, inner, step;
};

/// What each example should have been: labels, below 0 where the example is ignored, or probabilities. The target of
/// class k is weights[k] · (off + on · p), where p is its probability: 1 for the label, 0 for the others.
template <class T>
struct Targets {
  const T* labels;         ///< (m), or null
  const T* probabilities;  ///< (classes, m), where labels is null
  const T* weights;        ///< (classes), or null: all 1
  T on, off;

  /// Without the examples before the first one.
  Targets from(std::int64_t first) const noexcept {
    return {labels == nullptr ? nullptr : labels + first, probabilities == nullptr ? nullptr : probabilities + first,
            weights, on, off};
  }
};

/// The loops, for one element type and instruction set. Results do not overlap operands.
template <class T>
struct SoftmaxLoops {
  void (*softmax)(const Groups& groups, const T* x, T* y);
  void (*log_softmax)(const Groups& groups, const T* x, T* y);
  /// One number a group, (outer, inner).
  void (*log_sum_exp)(const Groups& groups, const T* x, T* y);
  /// dx = y · (dy − Σ dy · y).
  void (*softmax_gradient)(const Groups& groups, const T* y, const T* dy, T* dx);
  /// losses[i] = Σ over k of target · (log Σ exp(z) − z), z (classes, m): a group an example, outer 1. Where target is 0
  /// an infinite cost is none; NaN of an example that is not ignored goes through.
  void (*cross_entropy)(const Groups& classes, const T* z, const Targets<T>& targets, T* losses);
  /// losses[i] = Σ over k of target · −log p, the logarithm cut at −100, p (classes, m).
  void (*categorical_cross_entropy)(const Groups& classes, const T* p, const Targets<T>& targets, T* losses);
  /// dz = dy[i] · (softmax(z) · Σ target − target), for labels.
  void (*cross_entropy_gradient)(const Groups& classes, const T* z, const Targets<T>& targets, const T* dy, T* dz);
};

struct SoftmaxTable {
  SoftmaxLoops<float> f32;
  SoftmaxLoops<double> f64;
};
extern const SoftmaxTable softmax_portable, softmax_avx2, softmax_avx512;

template <class T>
const SoftmaxLoops<T>& softmax_loops(Isa isa = chosen_isa());

}  // namespace capstan::kernels
