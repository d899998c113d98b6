// Quotient rounded down. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/floor_divide.hpp"

namespace capstan::elementwise {

struct FloorDivide : Binary {
  using Kernel = kernels::FloorDivide;
};

}  // namespace capstan::elementwise
