// Finite or not as 1 and 0.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct IsFinite : Unary {
  static constexpr std::string_view name = "is_finite";
  template <class V>
  static V forward(V x) {
    return select(x - x == V(0), V(1), V(0));  // inf − inf is NaN
  }
};

}  // namespace capstan::kernels
