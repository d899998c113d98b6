// Sine.
#pragma once

#include <capstan/kernels/elementwise/sin.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Sin : Unary {
  using Kernel = kernels::Sin;
  static Var gradient(const Rule& r) { return chain(r.where(), r.dy(), cos(r.x())); }
};

}  // namespace capstan::elementwise
