// Sine.
#pragma once

#include "elementwise/chain.hpp"
#include "kernels/elementwise/sin.hpp"

namespace capstan::elementwise {

struct Sin : Unary {
  using Kernel = kernels::Sin;
  static Var gradient(const Rule& r) { return chain(r.where(), r.dy(), cos(r.x())); }
};

}  // namespace capstan::elementwise
