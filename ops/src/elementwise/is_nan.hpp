// NaN or not as 1 and 0.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/is_nan.hpp"

namespace capstan::elementwise {

struct IsNan : Unary {
  using Kernel = kernels::IsNan;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
