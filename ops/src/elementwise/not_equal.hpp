// a ≠ b as 0 and 1.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/not_equal.hpp"

namespace capstan::elementwise {

struct NotEqual : Binary {
  using Kernel = kernels::NotEqual;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
