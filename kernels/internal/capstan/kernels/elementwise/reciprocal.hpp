// 1 / x.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Reciprocal : Unary {
  static constexpr std::string_view name = "reciprocal";
  template <class V>
  static V forward(V x) {
    return V(1) / x;
  }
};

}  // namespace capstan::kernels
