// Exponential function.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · eˣ, also where eˣ itself is beyond the format; 0 where dy is 0.
struct ExpGradient : Binary {
  static constexpr std::string_view name = "exp_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_exp(dy, x));
  }
};

struct Exp : Unary {
  static constexpr std::string_view name = "exp";
  template <class V>
  static V forward(V x) {
    return exp(x);
  }
};

}  // namespace capstan::kernels
