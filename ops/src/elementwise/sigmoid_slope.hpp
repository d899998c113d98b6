// The slope of sigmoid, for the second derivatives of softplus, silu and the losses of logits.
#pragma once

#include <capstan/kernels/elementwise/sigmoid_slope.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct SigmoidSlopeGradient : Derivative {
  using Kernel = kernels::SigmoidSlopeGradient;
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply<SigmoidSlopeGradient>(r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var slope = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
    dx[1] = chain(r.where(), slope, -tanh(0.5 * x));
  }
};

}  // namespace capstan::elementwise
