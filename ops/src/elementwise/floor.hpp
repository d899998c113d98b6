// The whole number below. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Floor : Unary {
  static constexpr std::string_view name = "floor";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return floor(x);
  }
};

}  // namespace capstan::elementwise
