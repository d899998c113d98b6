// Error function.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Erf : Unary {
  static constexpr std::string_view name = "erf";
  template <class V>
  static V forward(V x) {
    return erf(x);
  }
};

}  // namespace capstan::kernels
