// The square of a difference.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · 2(p − y), 0 where dy is 0.
struct SquaredErrorGradient : Ternary {
  static constexpr std::string_view name = "squared_error_gradient";
  template <class V>
  static V forward(V dy, V p, V y) {
    return unless_zero(dy, times_twice_difference(dy, p, y));
  }
};

struct SquaredError : Binary {
  static constexpr std::string_view name = "squared_error";
  template <class V>
  static V forward(V p, V y) {
    const V difference = p - y;
    return difference * difference;
  }
};

}  // namespace capstan::kernels
