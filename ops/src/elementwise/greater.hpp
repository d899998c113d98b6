// a > b as 0 and 1.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/greater.hpp"

namespace capstan::elementwise {

struct Greater : Binary {
  using Kernel = kernels::Greater;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
