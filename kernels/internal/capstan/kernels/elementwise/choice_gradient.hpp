// What the elements that max or min chose from get of the gradient.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// The share of each chosen element where x equals the chosen value y, 0 elsewhere, NaN where y is NaN; 0 where the share
/// is 0.
struct ChoiceGradient : Ternary {
  static constexpr std::string_view name = "choice_gradient";
  template <class V>
  static V forward(V share, V x, V y) {
    return unless_zero(share, select(x == y, share, select(is_nan(y), y, V(0))));
  }
};

}  // namespace capstan::kernels
