// log(1 + x).
#pragma once

#include <capstan/kernels/elementwise/log1p.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Log1p : Unary {
  using Kernel = kernels::Log1p;
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), 1 + r.x()); }
};

}  // namespace capstan::elementwise
