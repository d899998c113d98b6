// Rectified linear unit.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// dy where x > 0, dy · slope_at_zero at 0, 0 where x < 0, NaN where x is and dy is not 0. A slope of 0 gives 0 for an
/// infinite dy as well.
struct ReluGradient : Derivative {
  struct Attributes {
    double slope_at_zero;
  };
  static constexpr std::string_view name = "relu_gradient";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    const V slope = select(x == V(0), V(a.slope_at_zero), select(x > V(0), V(1), x));  // NaN, if x is
    const auto flat = a.slope_at_zero == 0.0 ? x <= V(0) : x < V(0);
    return only(dy != V(0) && !flat, dy * slope);
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<ReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.input(1));
  }
};

struct Relu : Unary {
  using Attributes = ReluGradient::Attributes;
  static constexpr std::string_view name = "relu";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x, const Attributes&) {
    return select(x <= V(0), V(0), x);  // NaN stays
  }
  static Var gradient(const Rule& r) {
    return apply_with<ReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
