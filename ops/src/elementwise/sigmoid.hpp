// Logistic function.
#pragma once

#include <capstan/kernels/elementwise/sigmoid.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct SigmoidGradient {
  using Kernel = kernels::SigmoidGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<SigmoidGradient>(r.where(), r.dy(), y);
    if (r.needs(1)) dx[1] = chain(r.where(), chain_both(r.where(), r.dy(), r.input(0)), 1 - (y + y));
  }
};

struct Sigmoid : Unary {
  using Kernel = kernels::Sigmoid;
  static Var gradient(const Rule& r) { return apply<SigmoidGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
