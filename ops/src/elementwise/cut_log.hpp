// Logarithm cut at −100, for losses of probabilities.
#pragma once

#include <capstan/kernels/elementwise/cut_log.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// Its slope is 1 / max(x, 1e-12), which is finite at 0.
struct CutLog : Unary {
  using Kernel = kernels::CutLog;
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), maximum(r.x(), 1e-12)); }
};

}  // namespace capstan::elementwise
