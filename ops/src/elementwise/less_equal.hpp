// a ≤ b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/less_equal.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct LessEqual : Binary {
  using Kernel = kernels::LessEqual;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
