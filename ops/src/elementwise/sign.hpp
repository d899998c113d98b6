// Sign: −1, 0 or 1. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/sign.hpp"

namespace capstan::elementwise {

struct Sign : Unary {
  using Kernel = kernels::Sign;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
