// a ≥ b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/greater_equal.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct GreaterEqual : Binary {
  using Kernel = kernels::GreaterEqual;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
