// Sign: −1, 0 or 1. Its derivative is 0 wherever there is one.
#pragma once

#include <capstan/kernels/elementwise/sign.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Sign : Unary {
  using Kernel = kernels::Sign;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
