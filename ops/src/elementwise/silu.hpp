// Sigmoid linear unit.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Silu : Unary {
  static constexpr std::string_view name = "silu";
  template <class V>
  static V forward(V x) {
    return silu(x);
  }
  static Var gradient(const Rule& r) {
    const Var s = sigmoid(r.x());
    return r.dy() * (s * (1 + r.x() * (1 - s)));
  }
};

}  // namespace capstan::elementwise
