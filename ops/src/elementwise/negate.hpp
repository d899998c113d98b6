// The negative.
#pragma once

#include <capstan/kernels/elementwise/negate.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Negate : Unary {
  using Kernel = kernels::Negate;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) { return -r.dy(); }
};

}  // namespace capstan::elementwise
