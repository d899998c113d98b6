// 1 / x.
#pragma once

#include <capstan/kernels/elementwise/reciprocal.hpp>

#include "elementwise/divide.hpp"

namespace capstan::elementwise {

struct Reciprocal : Unary {
  using Kernel = kernels::Reciprocal;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return apply<DivisorGradient>(r.where(), r.dy(), 1, r.x()); }
};

}  // namespace capstan::elementwise
