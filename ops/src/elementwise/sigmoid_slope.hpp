// The slope of sigmoid, which the second derivatives of softplus and silu are made of, and those of losses of logits.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · s · (1 − s), s = sigmoid(x), from x and so with all digits in either tail; 0 where dy is 0.
struct SigmoidSlopeGradient : Derivative {
  static constexpr std::string_view name = "sigmoid_slope_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_sigmoid_slope(dy, x));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply<SigmoidSlopeGradient>(r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var slope = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
    dx[1] = chain(r.where(), slope, -tanh(0.5 * x));
  }
};

}  // namespace capstan::elementwise
