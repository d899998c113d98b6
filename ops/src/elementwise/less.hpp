// a < b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/less.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Less : Binary {
  using Kernel = kernels::Less;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
