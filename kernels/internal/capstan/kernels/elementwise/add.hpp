// Sum.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Add : Binary {
  static constexpr std::string_view name = "add";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return a + b;
  }
};

}  // namespace capstan::kernels
