// Binary cross-entropy of p = sigmoid(z).
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · (sigmoid(z) − y), from the smaller one of sigmoid(z) and 1 − sigmoid(z), so that no digit is lost where y is 0 or
/// 1; 0 where dy is 0.
struct SigmoidError : Ternary {
  static constexpr std::string_view name = "sigmoid_error";
  template <class V>
  static V forward(V dy, V z, V y) {
    return unless_zero(dy, times_sigmoid_error(dy, z, y));
  }
};

/// −(y log p + (1 − y) log(1 − p)) is log(1 + e^−|z|) + |z| · (1 − y) for z > 0 and … + |z| · y for z < 0: nothing
/// overflows, and nothing cancels.
struct BinaryCrossEntropyWithLogits : Binary {
  static constexpr std::string_view name = "binary_cross_entropy_with_logits";
  template <class V>
  static V forward(V z, V y) {
    const V wrong = select(z > V(0), V(1) - y, y), size = abs(z);
    return select(wrong == V(0), V(0), size * wrong) + log1p(exp(-size));  // an infinite z that is right costs nothing
  }
};

}  // namespace capstan::kernels
