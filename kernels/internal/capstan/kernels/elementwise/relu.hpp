// Rectified linear unit.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy where x > 0, dy · slope_at_zero at 0, 0 where x < 0, NaN where x is and dy is not 0. A slope of 0 gives 0 for an
/// infinite dy as well.
struct ReluGradient : Binary {
  struct Attributes {
    double slope_at_zero;
    static constexpr std::string_view names[] = {"slope_at_zero"};
  };
  static constexpr std::string_view name = "relu_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    const V slope = select(x == V(0), V(a.slope_at_zero), select(x > V(0), V(1), x));  // NaN, if x is
    const auto flat = a.slope_at_zero == 0.0 ? x <= V(0) : x < V(0);
    return only(dy != V(0) && !flat, dy * slope);
  }
};

struct Relu : Unary {
  using Attributes = ReluGradient::Attributes;
  static constexpr std::string_view name = "relu";
  template <class V>
  static V forward(V x, const Attributes&) {
    return select(x <= V(0), V(0), x);  // NaN stays
  }
};

}  // namespace capstan::kernels
