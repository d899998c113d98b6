// The slope of sigmoid, which the second derivatives of softplus and silu are made of, and those of losses of logits.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · s · (1 − s), s = sigmoid(x), from x and so with all digits in either tail; 0 where dy is 0.
struct SigmoidSlopeGradient : Binary {
  static constexpr std::string_view name = "sigmoid_slope_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_sigmoid_slope(dy, x));
  }
};

}  // namespace capstan::kernels
