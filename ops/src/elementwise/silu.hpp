// Sigmoid linear unit.
#pragma once

#include <capstan/kernels/elementwise/silu.hpp>

#include "elementwise/sigmoid_slope.hpp"

namespace capstan::elementwise {

struct SiluGradient : Derivative {
  using Kernel = kernels::SiluGradient;
  // The second derivative is s · (1 − s) · (2 + x · (1 − 2s)), where 1 − 2s is −tanh(x/2).
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply<SiluGradient>(r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var slope = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
    dx[1] = chain(r.where(), slope, 2 - x * tanh(0.5 * x));
  }
};

struct Silu : Unary {
  using Kernel = kernels::Silu;
  static Var gradient(const Rule& r) { return apply<SiluGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
