// NaN or not as 1 and 0.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct IsNan : Unary {
  static constexpr std::string_view name = "is_nan";
  template <class V>
  static V forward(V x) {
    return select(x == x, V(0), V(1));
  }
};

}  // namespace capstan::elementwise
