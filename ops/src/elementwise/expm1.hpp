// eˣ − 1.
#pragma once

#include <capstan/kernels/elementwise/expm1.hpp>

#include "elementwise/exp.hpp"

namespace capstan::elementwise {

struct Expm1 : Unary {
  using Kernel = kernels::Expm1;
  static Var gradient(const Rule& r) { return apply<ExpGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
