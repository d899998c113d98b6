// The larger of two.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// What a gets of the gradient of the larger one: dy where a > b, half of it where they are equal, 0 where a < b, NaN
/// where either is and dy is not 0.
struct MaximumGradient : Ternary {
  static constexpr std::string_view name = "maximum_gradient";
  template <class V>
  static V forward(V dy, V a, V b) {
    const V unequal = select(a > b, dy, select(a < b, V(0), a + b));
    return unless_zero(dy, select(a == b, V(0.5) * dy, unequal));
  }
};

struct Maximum : Binary {
  static constexpr std::string_view name = "maximum";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return select(a == b, a & b, max(a, b));  // of 0 and −0 it is 0
  }
};

}  // namespace capstan::kernels
