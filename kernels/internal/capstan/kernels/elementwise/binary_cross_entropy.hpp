// Binary cross-entropy of a probability, and of one that sigmoid made.
#pragma once

#include <capstan/kernels/elementwise/binary_cross_entropy_with_logits.hpp>
#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct BinaryCrossEntropy : Binary {
  static constexpr std::string_view name = "binary_cross_entropy";
  template <class V>
  static V forward(V p, V y) {
    // From 0, so that a right answer costs 0 and not −0.
    return V(0) - (y * max(log(p), V(-100)) + (V(1) - y) * max(log1p(-p), V(-100)));
  }
};

/// The loss of p = sigmoid(z), computed from z.
struct BinaryCrossEntropyOfSigmoid : Ternary {
  static constexpr std::string_view name = "binary_cross_entropy_of_sigmoid";
  template <class V>
  static V forward(V, V y, V z) {
    return BinaryCrossEntropyWithLogits::forward(z, y);
  }
};

}  // namespace capstan::kernels
