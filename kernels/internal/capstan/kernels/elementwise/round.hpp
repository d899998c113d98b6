// The nearest whole number.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Round : Unary {
  static constexpr std::string_view name = "round";
  template <class V>
  static V forward(V x) {
    return round_to_even(x);
  }
};

}  // namespace capstan::kernels
