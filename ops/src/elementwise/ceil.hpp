// The whole number above. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/ceil.hpp"

namespace capstan::elementwise {

struct Ceil : Unary {
  using Kernel = kernels::Ceil;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
