// Exponential linear unit.
#pragma once

#include <limits>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy where x > 0, dy · alpha · eˣ elsewhere, 0 where dy is 0.
struct EluGradient : Derivative {
  struct Attributes {
    double alpha;
  };
  static constexpr std::string_view name = "elu_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    constexpr auto smallest = std::numeric_limits<typename V::Element>::min();
    const V slope = V(a.alpha) * exp(x);
    V below = dy * slope;
    const auto denormal = abs(slope) < V(smallest);
    if (any(denormal)) {  // by steps of which only the last may round to a denormal number
      const V half = exp(V(0.5) * x);
      below = select(denormal, dy * (V(a.alpha) * half) * half, below);
    }
    return unless_zero(dy, select(x > V(0), dy, below));
  }
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
  using Attributes = EluGradient::Attributes;
  static constexpr std::string_view name = "elu";
  template <class V>
  static V forward(V x, const Attributes& a) {
    return select(x > V(0), x, V(a.alpha) * expm1(x));
  }
  static Var gradient(const Rule& r) {
    return apply_with<EluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
