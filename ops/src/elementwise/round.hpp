// The nearest whole number. Its derivative is 0 wherever there is one.
#pragma once

#include <capstan/kernels/elementwise/round.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Round : Unary {
  using Kernel = kernels::Round;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
