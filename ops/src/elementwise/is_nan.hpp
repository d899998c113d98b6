// NaN or not as 1 and 0.
#pragma once

#include <capstan/kernels/elementwise/is_nan.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct IsNan : Unary {
  using Kernel = kernels::IsNan;
  static constexpr bool cheap = true;
};

}  // namespace capstan::elementwise
