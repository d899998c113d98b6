// a ≥ b as 0 and 1.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/greater_equal.hpp"

namespace capstan::elementwise {

struct GreaterEqual : Binary {
  using Kernel = kernels::GreaterEqual;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
