// Gaussian error linear unit.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Gelu : Unary {
  static constexpr std::string_view name = "gelu";
  template <class V>
  static V forward(V x) {
    return gelu(x);
  }
  // Φ(x) + x · φ(x), Φ and φ the distribution function and the density of the standard normal distribution.
  static Var gradient(const Rule& r) {
    constexpr double root_half = 0.70710678118654752440, density_at_zero = 0.39894228040143267794;
    const Var x = r.x();
    const Var distribution = 0.5 + 0.5 * erf(root_half * x);
    const Var density = density_at_zero * exp(-0.5 * square(x));
    return r.dy() * (distribution + x * density);
  }
};

}  // namespace capstan::elementwise
