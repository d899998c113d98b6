// Choice: a where the condition is not 0, else b.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Where : Ternary {
  static constexpr std::string_view name = "where";
  static constexpr bool integers = true;
  template <class V>
  static V forward(V condition, V a, V b) {
    return select(condition != V(0), a, b);
  }
};

}  // namespace capstan::kernels
