// Quotient.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// −dy · a / b², 0 where dy is 0.
struct DivisorGradient : Ternary {
  static constexpr std::string_view name = "divisor_gradient";
  template <class V>
  static V forward(V dy, V a, V b) {
    return unless_zero(dy, -product_over_square(dy, a, b));
  }
};

struct Divide : Binary {
  static constexpr std::string_view name = "divide";
  template <class V>
  static V forward(V a, V b) {
    return a / b;
  }
};

}  // namespace capstan::kernels
