// Exponential linear unit.
#pragma once

#include <capstan/kernels/elementwise/elu.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct EluGradient : Derivative {
  using Kernel = kernels::EluGradient;
  using Attributes = Kernel::Attributes;
  // For x ≤ 0 the function is its own derivative.
  static void gradient(const Rule& r, std::span<Var> dx) {
    const auto attributes = r.attributes<Attributes>();
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply_with<EluGradient>(attributes, r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var below = apply_with<EluGradient>(attributes, r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
    dx[1] = where(greater(x, 0), 0, below);
  }
};

struct Elu : Unary {
  using Kernel = kernels::Elu;
  using Attributes = Kernel::Attributes;
  static Var gradient(const Rule& r) {
    return apply_with<EluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
