// The whole number above. Its derivative is 0 wherever there is one.
#pragma once

#include <capstan/kernels/elementwise/ceil.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Ceil : Unary {
  using Kernel = kernels::Ceil;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
