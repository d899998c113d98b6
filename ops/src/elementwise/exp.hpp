// Exponential function.
#pragma once

#include <capstan/kernels/elementwise/exp.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct ExpGradient : Derivative {
  using Kernel = kernels::ExpGradient;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<ExpGradient>(r.where(), r.dy(), r.input(1));
    if (r.needs(1)) dx[1] = apply<ExpGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), r.input(1));
  }
};

struct Exp : Unary {
  using Kernel = kernels::Exp;
  static Var gradient(const Rule& r) { return apply<ExpGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
