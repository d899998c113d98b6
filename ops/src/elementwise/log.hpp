// Natural logarithm.
#pragma once

#include "elementwise/chain.hpp"
#include "kernels/elementwise/log.hpp"

namespace capstan::elementwise {

struct Log : Unary {
  using Kernel = kernels::Log;
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
