// The bell curve, which the derivatives of erf and gelu are made of.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · exp(−steepness · x²), 0 where dy is 0.
struct GaussianGradient : Derivative {
  struct Attributes {
    double steepness;  ///< 1 or ½, whose products with x² are as exact as x²
  };
  static constexpr std::string_view name = "gaussian_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    return unless_zero(dy, times_gaussian(dy, x, V(a.steepness)));
  }
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
