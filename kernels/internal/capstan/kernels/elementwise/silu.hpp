// Sigmoid linear unit.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · s · (1 + x · (1 − s)), s = sigmoid(x); 0 where dy is 0.
struct SiluGradient : Binary {
  static constexpr std::string_view name = "silu_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_silu_slope(dy, x));
  }
};

struct Silu : Unary {
  static constexpr std::string_view name = "silu";
  template <class V>
  static V forward(V x) {
    return silu(x);
  }
};

}  // namespace capstan::kernels
