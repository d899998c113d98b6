// a ≥ b as 0 and 1.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct GreaterEqual : Binary {
  static constexpr std::string_view name = "greater_equal";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return select(a >= b, V(1), V(0));
  }
};

}  // namespace capstan::kernels
