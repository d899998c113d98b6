// x · x.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · 2x, 0 where dy is 0.
struct SquareGradient : Binary {
  static constexpr std::string_view name = "square_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_twice(dy, x));
  }
};

struct Square : Unary {
  static constexpr std::string_view name = "square";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return x * x;
  }
};

}  // namespace capstan::kernels
