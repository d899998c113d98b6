// x between two bounds.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy where x is within the bounds, 0 beyond, NaN where x is and dy is not 0.
struct ClampGradient : Binary {
  struct Attributes {
    double low, high;
    static constexpr std::string_view names[] = {"low", "high"};
  };
  static constexpr std::string_view name = "clamp_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    return select(x < V(a.low) || x > V(a.high), V(0), unless_zero(dy, select(is_nan(x), x, dy)));
  }
};

struct Clamp : Unary {
  using Attributes = ClampGradient::Attributes;
  static constexpr std::string_view name = "clamp";
  template <class V>
  static V forward(V x, const Attributes& a) {
    return select(x < V(a.low), V(a.low), select(x > V(a.high), V(a.high), x));
  }
};

}  // namespace capstan::kernels
