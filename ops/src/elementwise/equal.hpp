// a = b as 0 and 1.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/equal.hpp"

namespace capstan::elementwise {

struct Equal : Binary {
  using Kernel = kernels::Equal;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
