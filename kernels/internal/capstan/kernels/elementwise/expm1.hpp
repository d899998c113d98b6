// eˣ − 1.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Expm1 : Unary {
  static constexpr std::string_view name = "expm1";
  template <class V>
  static V forward(V x) {
    return expm1(x);
  }
};

}  // namespace capstan::kernels
