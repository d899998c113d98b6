// Finite or not as 1 and 0.
#pragma once

#include <capstan/kernels/elementwise/is_finite.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct IsFinite : Unary {
  using Kernel = kernels::IsFinite;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
