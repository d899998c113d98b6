// The whole number below.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Floor : Unary {
  static constexpr std::string_view name = "floor";
  template <class V>
  static V forward(V x) {
    return floor(x);
  }
};

}  // namespace capstan::kernels
