// log(1 + x).
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Log1p : Unary {
  static constexpr std::string_view name = "log1p";
  template <class V>
  static V forward(V x) {
    return log1p(x);
  }
};

}  // namespace capstan::kernels
