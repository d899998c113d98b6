// Magnitude.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy with the sign of x, 0 where x is 0, NaN where x is.
struct AbsGradient : Binary {
  static constexpr std::string_view name = "abs_gradient";
  template <class V>
  static V forward(V dy, V x) {
    const V flat = select(x == V(0), V(0), x);  // or NaN
    return unless_zero(dy, select(x > V(0), dy, select(x < V(0), -dy, flat)));
  }
};

struct Abs : Unary {
  static constexpr std::string_view name = "abs";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return abs(x);
  }
};

}  // namespace capstan::kernels
