// Quotient rounded down.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct FloorDivide : Binary {
  static constexpr std::string_view name = "floor_divide";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return floor_divide(a, b);
  }
};

}  // namespace capstan::kernels
