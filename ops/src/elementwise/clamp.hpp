// x between two bounds.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// dy where x is within the bounds, 0 beyond, NaN where x is and dy is not 0.
struct ClampGradient : Derivative {
  struct Attributes {
    double low, high;
  };
  static constexpr std::string_view name = "clamp_gradient";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    return select(x < V(a.low) || x > V(a.high), V(0), unless_zero(dy, select(is_nan(x), x, dy)));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<ClampGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.input(1));
  }
};

struct Clamp : Unary {
  using Attributes = ClampGradient::Attributes;
  static constexpr std::string_view name = "clamp";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x, const Attributes& a) {
    return select(x < V(a.low), V(a.low), select(x > V(a.high), V(a.high), x));
  }
  static Var gradient(const Rule& r) {
    return apply_with<ClampGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
