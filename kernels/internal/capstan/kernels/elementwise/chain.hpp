// The product and the quotient that gradient rules are made of: 0 stays 0, where 0 · inf and 0 / 0 would give NaN.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · b, 0 where dy is 0.
struct MultiplyGradient : Binary {
  static constexpr std::string_view name = "multiply_gradient";
  template <class V>
  static V forward(V dy, V b) {
    return chain(dy, b);
  }
};

/// dy / b, 0 where dy is 0.
struct DivideGradient : Binary {
  static constexpr std::string_view name = "divide_gradient";
  template <class V>
  static V forward(V dy, V b) {
    return unless_zero(dy, dy / b);
  }
};

}  // namespace capstan::kernels
