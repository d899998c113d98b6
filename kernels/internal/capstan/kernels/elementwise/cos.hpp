// Cosine.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Cos : Unary {
  static constexpr std::string_view name = "cos";
  template <class V>
  static V forward(V x) {
    return cos(x);
  }
};

}  // namespace capstan::kernels
