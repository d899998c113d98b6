// Finite or not as 1 and 0.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/is_finite.hpp"

namespace capstan::elementwise {

struct IsFinite : Unary {
  using Kernel = kernels::IsFinite;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
