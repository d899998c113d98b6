// The whole number below. Its derivative is 0 wherever there is one.
#pragma once

#include <capstan/kernels/elementwise/floor.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Floor : Unary {
  using Kernel = kernels::Floor;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
