// Quotient rounded down. Its derivative is 0 wherever there is one.
#pragma once

#include <capstan/kernels/elementwise/floor_divide.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct FloorDivide : Binary {
  using Kernel = kernels::FloorDivide;
};

}  // namespace capstan::elementwise
