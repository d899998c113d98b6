// a > b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/greater.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Greater : Binary {
  using Kernel = kernels::Greater;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
