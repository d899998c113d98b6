// Magnitude.
#pragma once

#include <capstan/kernels/elementwise/abs.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct AbsGradient : Derivative {
  using Kernel = kernels::AbsGradient;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<AbsGradient>(r.where(), r.dy(), r.input(1));
  }
};

struct Abs : Unary {
  using Kernel = kernels::Abs;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return apply<AbsGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
