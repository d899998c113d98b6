// The bell curve, for the derivatives of erf and gelu.
#pragma once

#include <capstan/kernels/elementwise/gaussian.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct GaussianGradient : Derivative {
  using Kernel = kernels::GaussianGradient;
  using Attributes = Kernel::Attributes;
  static void gradient(const Rule& r, std::span<Var> dx) {
    const auto a = r.attributes<Attributes>();
    const Var dy = r.input(0), x = r.input(1);
    if (r.needs(0)) dx[0] = apply_with<GaussianGradient>(a, r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var bell = apply_with<GaussianGradient>(a, r.where(), chain_both(r.where(), r.dy(), dy), x);
    dx[1] = chain(r.where(), bell, (-2 * a.steepness) * x);
  }
};

}  // namespace capstan::elementwise
