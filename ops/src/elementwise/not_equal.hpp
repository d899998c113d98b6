// a ≠ b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/not_equal.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct NotEqual : Binary {
  using Kernel = kernels::NotEqual;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
