// What the elements that max or min chose from get of the gradient.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// The share of each chosen element where x equals the chosen value y, 0 elsewhere, NaN where y is NaN; 0 where the share
/// is 0.
struct ChoiceGradient {
  static constexpr std::string_view name = "choice_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"share", "x", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V share, V x, V y) {
    return unless_zero(share, select(x == y, share, select(is_nan(y), y, V(0))));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<ChoiceGradient>(r.where(), r.dy(), r.input(1), r.input(2));
  }
};

}  // namespace capstan::elementwise
