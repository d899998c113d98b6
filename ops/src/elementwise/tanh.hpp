// Hyperbolic tangent.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · (1 − y²), as a product: where y is near ±1 the rounding of y² would be all that is left of the difference. 0 where
/// dy is 0. As for sigmoid, what rounding has taken from y is missing.
struct TanhGradient {
  static constexpr std::string_view name = "tanh_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V y) {
    return chain(dy, (V(1) - y) * (V(1) + y));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<TanhGradient>(r.where(), r.dy(), y);
    if (r.needs(1)) dx[1] = chain(r.where(), chain_both(r.where(), r.dy(), r.input(0)), -2 * y);
  }
};

struct Tanh : Unary {
  static constexpr std::string_view name = "tanh";
  template <class V>
  static V forward(V x) {
    return tanh(x);
  }
  static Var gradient(const Rule& r) { return apply<TanhGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
