// Difference.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Subtract : Binary {
  static constexpr std::string_view name = "subtract";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return a - b;
  }
};

}  // namespace capstan::kernels
