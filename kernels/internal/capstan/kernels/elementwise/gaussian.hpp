// The bell curve, which the derivatives of erf and gelu are made of.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · exp(−steepness · x²), 0 where dy is 0.
struct GaussianGradient : Binary {
  struct Attributes {
    double steepness;  ///< 1 or ½, whose products with x² are as exact as x²
    static constexpr std::string_view names[] = {"steepness"};
  };
  static constexpr std::string_view name = "gaussian_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    return unless_zero(dy, times_gaussian(dy, x, V(a.steepness)));
  }
};

}  // namespace capstan::kernels
