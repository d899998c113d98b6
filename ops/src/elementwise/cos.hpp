// Cosine.
#pragma once

#include <capstan/kernels/elementwise/cos.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Cos : Unary {
  using Kernel = kernels::Cos;
  static Var gradient(const Rule& r) { return -chain(r.where(), r.dy(), sin(r.x())); }
};

}  // namespace capstan::elementwise
