// Sine.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Sin : Unary {
  static constexpr std::string_view name = "sin";
  template <class V>
  static V forward(V x) {
    return sin(x);
  }
};

}  // namespace capstan::kernels
