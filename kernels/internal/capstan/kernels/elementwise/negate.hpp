// The negative.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Negate : Unary {
  static constexpr std::string_view name = "negate";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return -x;
  }
};

}  // namespace capstan::kernels
