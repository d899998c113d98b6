// Square root.
#pragma once

#include <capstan/kernels/elementwise/sqrt.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct SqrtGradient {
  using Kernel = kernels::SqrtGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<SqrtGradient>(r.where(), r.dy(), y);
    if (!r.needs(1)) return;
    const Var both = chain_both(r.where(), r.dy(), r.input(0));
    dx[1] = -chain_quotient(r.where(), apply<SqrtGradient>(r.where(), both, y), y);
  }
};

struct Sqrt : Unary {
  using Kernel = kernels::Sqrt;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return apply<SqrtGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
