// Gaussian error linear unit.
#pragma once

#include "elementwise/gaussian.hpp"

namespace capstan::elementwise {

/// dy · (Φ(x) + x · φ(x)), Φ and φ the distribution function and the density of the standard normal distribution; 0 where
/// dy is 0.
struct GeluGradient : Derivative {
  static constexpr std::string_view name = "gelu_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_gelu_slope(dy, x));
  }
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
  static constexpr std::string_view name = "gelu";
  template <class V>
  static V forward(V x) {
    return gelu(x);
  }
  static Var gradient(const Rule& r) { return apply<GeluGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
