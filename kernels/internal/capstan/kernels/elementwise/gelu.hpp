// Gaussian error linear unit.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · (Φ(x) + x · φ(x)), Φ and φ the distribution function and the density of the standard normal distribution; 0 where
/// dy is 0.
struct GeluGradient : Binary {
  static constexpr std::string_view name = "gelu_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_gelu_slope(dy, x));
  }
};

struct Gelu : Unary {
  static constexpr std::string_view name = "gelu";
  template <class V>
  static V forward(V x) {
    return gelu(x);
  }
};

}  // namespace capstan::kernels
