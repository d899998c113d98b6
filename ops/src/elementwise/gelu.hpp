// Gaussian error linear unit.
#pragma once

#include <capstan/kernels/elementwise/gelu.hpp>

#include "elementwise/gaussian.hpp"

namespace capstan::elementwise {

struct GeluGradient : Derivative {
  using Kernel = kernels::GeluGradient;
  // The derivative of Φ + x · φ is φ · (2 − x²).
  static void gradient(const Rule& r, std::span<Var> dx) {
    constexpr double density_at_zero = 0.39894228040143267794;
    const Var dy = r.input(0), x = r.input(1);
    if (r.needs(0)) dx[0] = apply<GeluGradient>(r.where(), r.dy(), x);
    if (!r.needs(1)) return;
    const Var bell = apply_with<GaussianGradient>({0.5}, r.where(), chain_both(r.where(), r.dy(), dy), x);
    dx[1] = chain(r.where(), bell, density_at_zero * (2 - square(x)));
  }
};

struct Gelu : Unary {
  using Kernel = kernels::Gelu;
  static Var gradient(const Rule& r) { return apply<GeluGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
