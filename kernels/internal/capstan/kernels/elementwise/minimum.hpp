// The smaller of two.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Minimum : Binary {
  static constexpr std::string_view name = "minimum";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return select(a == b, a | b, min(a, b));  // of 0 and −0 it is −0
  }
};

}  // namespace capstan::kernels
