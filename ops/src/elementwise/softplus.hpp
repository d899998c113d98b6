// Softplus: log(1 + eˣ).
#pragma once

#include <capstan/kernels/elementwise/softplus.hpp>

#include "elementwise/sigmoid_slope.hpp"

namespace capstan::elementwise {

struct SoftplusGradient : Derivative {
  using Kernel = kernels::SoftplusGradient;
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply<SoftplusGradient>(r.where(), r.dy(), x);
    if (r.needs(1)) dx[1] = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
  }
};

struct Softplus : Unary {
  using Kernel = kernels::Softplus;
  static Var gradient(const Rule& r) { return apply<SoftplusGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
