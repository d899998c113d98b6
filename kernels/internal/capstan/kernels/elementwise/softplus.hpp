// Softplus: log(1 + eˣ).
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · sigmoid(x), also where the sigmoid itself is below the normal numbers; 0 where dy is 0.
struct SoftplusGradient : Binary {
  static constexpr std::string_view name = "softplus_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_sigmoid(dy, x));
  }
};

struct Softplus : Unary {
  static constexpr std::string_view name = "softplus";
  template <class V>
  static V forward(V x) {
    return max(x, V(0)) + log1p(exp(-abs(x)));
  }
};

}  // namespace capstan::kernels
