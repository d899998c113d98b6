// Hyperbolic tangent.
#pragma once

#include <capstan/kernels/elementwise/tanh.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct TanhGradient {
  using Kernel = kernels::TanhGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<TanhGradient>(r.where(), r.dy(), y);
    if (r.needs(1)) dx[1] = chain(r.where(), chain_both(r.where(), r.dy(), r.input(0)), -2 * y);
  }
};

struct Tanh : Unary {
  using Kernel = kernels::Tanh;
  static Var gradient(const Rule& r) { return apply<TanhGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
