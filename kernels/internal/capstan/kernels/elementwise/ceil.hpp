// The whole number above.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Ceil : Unary {
  static constexpr std::string_view name = "ceil";
  template <class V>
  static V forward(V x) {
    return ceil(x);
  }
};

}  // namespace capstan::kernels
