// Square root.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy / 2y, 0 where dy is 0. At −0, whose root is −0, as at 0.
struct SqrtGradient : Binary {
  static constexpr std::string_view name = "sqrt_gradient";
  template <class V>
  static V forward(V dy, V y) {
    return unless_zero(dy, dy / abs(y + y));
  }
};

struct Sqrt : Unary {
  static constexpr std::string_view name = "sqrt";
  template <class V>
  static V forward(V x) {
    return sqrt(x);
  }
};

}  // namespace capstan::kernels
