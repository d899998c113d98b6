// a = b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/equal.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Equal : Binary {
  using Kernel = kernels::Equal;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
