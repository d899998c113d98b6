// Sum. Its op is the engine's (graph/src/differentiate/algebra.cpp), which sums gradients with it.
#pragma once

#include <capstan/kernels/elementwise/add.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Add : Binary {
  using Kernel = kernels::Add;
};

}  // namespace capstan::elementwise
