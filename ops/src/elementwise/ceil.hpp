// The whole number above. Its derivative is 0 wherever there is one.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Ceil : Unary {
  static constexpr std::string_view name = "ceil";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return ceil(x);
  }
};

}  // namespace capstan::elementwise
