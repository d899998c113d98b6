// x · x.
#pragma once

#include <capstan/kernels/elementwise/square.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct SquareGradient : Derivative {
  using Kernel = kernels::SquareGradient;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SquareGradient>(r.where(), r.dy(), r.input(1));
    if (r.needs(1)) dx[1] = 2 * chain_both(r.where(), r.dy(), r.input(0));
  }
};

struct Square : Unary {
  using Kernel = kernels::Square;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return apply<SquareGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
