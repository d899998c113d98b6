// NaN or not as 1 and 0.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct IsNan : Unary {
  static constexpr std::string_view name = "is_nan";
  template <class V>
  static V forward(V x) {
    return select(is_nan(x), V(1), V(0));
  }
};

}  // namespace capstan::kernels
