// Quotient rounded down. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct FloorDivide : Binary {
  static constexpr std::string_view name = "floor_divide";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return floor_divide(a, b);
  }
};

}  // namespace capstan::elementwise
