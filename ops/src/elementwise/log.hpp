// Natural logarithm.
#pragma once

#include <capstan/kernels/elementwise/log.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Log : Unary {
  using Kernel = kernels::Log;
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
