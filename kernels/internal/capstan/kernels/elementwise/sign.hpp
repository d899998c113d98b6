// Sign: −1, 0 or 1.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Sign : Unary {
  static constexpr std::string_view name = "sign";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return select(x > V(0), V(1), select(x < V(0), V(-1), x - x));  // x − x: 0, or NaN
  }
};

}  // namespace capstan::kernels
