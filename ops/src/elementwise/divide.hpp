// Quotient.
#pragma once

#include <capstan/kernels/elementwise/divide.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct DivisorGradient {
  using Kernel = kernels::DivisorGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "a", "b"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var dy = r.input(0), a = r.input(1), b = r.input(2), u = r.dy();
    if (r.needs(0)) dx[0] = apply<DivisorGradient>(r.where(), u, a, b);
    if (!r.needs(1) && !r.needs(2)) return;
    const Var both = chain_both(r.where(), u, dy);
    if (r.needs(1)) dx[1] = apply<DivisorGradient>(r.where(), both, 1, b);
    if (r.needs(2)) dx[2] = -2 * chain_quotient(r.where(), apply<DivisorGradient>(r.where(), both, a, b), b);
  }
};

struct Divide : Binary {
  using Kernel = kernels::Divide;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = chain_quotient(r.where(), r.dy(), r.b());
    if (r.needs(1)) dx[1] = apply<DivisorGradient>(r.where(), r.dy(), r.a(), r.b());
  }
};

}  // namespace capstan::elementwise
