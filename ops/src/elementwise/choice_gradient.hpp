// The gradient of the elements that max or min chooses from.
#pragma once

#include <capstan/kernels/elementwise/choice_gradient.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct ChoiceGradient {
  using Kernel = kernels::ChoiceGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"share", "x", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<ChoiceGradient>(r.where(), r.dy(), r.input(1), r.input(2));
  }
};

}  // namespace capstan::elementwise
