// Leaky rectified linear unit.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy where x > 0, dy · slope_at_zero at 0, dy · slope where x < 0, NaN where x is and dy is not 0. A slope of 0 gives 0
/// for an infinite dy as well.
struct LeakyReluGradient : Binary {
  struct Attributes {
    double slope, slope_at_zero;
    static constexpr std::string_view names[] = {"slope", "slope_at_zero"};
  };
  static constexpr std::string_view name = "leaky_relu_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    const V not_below = select(x > V(0), V(1), select(x == V(0), V(a.slope_at_zero), x));  // NaN, if x is
    const V slope = select(x < V(0), V(a.slope), not_below), dx = chain(dy, slope);
    return a.slope == 0.0 || a.slope_at_zero == 0.0 ? unless_zero(slope, dx) : dx;
  }
};

struct LeakyRelu : Unary {
  using Attributes = LeakyReluGradient::Attributes;
  static constexpr std::string_view name = "leaky_relu";
  template <class V>
  static V forward(V x, const Attributes& a) {
    return select(x > V(0), x, V(a.slope) * x);
  }
};

}  // namespace capstan::kernels
