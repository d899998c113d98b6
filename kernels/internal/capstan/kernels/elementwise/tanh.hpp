// Hyperbolic tangent.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · (1 − y²), as a product: where y is near ±1 the rounding of y² would be all that is left of the difference. 0 where
/// dy is 0. As for sigmoid, what rounding has taken from y is missing.
struct TanhGradient : Binary {
  static constexpr std::string_view name = "tanh_gradient";
  template <class V>
  static V forward(V dy, V y) {
    return chain(dy, (V(1) - y) * (V(1) + y));
  }
};

struct Tanh : Unary {
  static constexpr std::string_view name = "tanh";
  template <class V>
  static V forward(V x) {
    return tanh(x);
  }
};

}  // namespace capstan::kernels
