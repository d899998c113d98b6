// The negative.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/negate.hpp"

namespace capstan::elementwise {

struct Negate : Unary {
  using Kernel = kernels::Negate;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return -r.dy(); }
};

}  // namespace capstan::elementwise
