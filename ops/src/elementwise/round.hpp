// The nearest whole number. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Round : Unary {
  static constexpr std::string_view name = "round";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return round_to_even(x);
  }
};

}  // namespace capstan::elementwise
