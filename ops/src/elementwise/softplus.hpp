// Softplus: log(1 + eˣ).
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Softplus : Unary {
  static constexpr std::string_view name = "softplus";
  template <class V>
  static V forward(V x) {
    return max(x, V(0)) + log1p(exp(-abs(x)));
  }
  static Var gradient(const Rule& r) { return r.dy() * sigmoid(r.x()); }
};

}  // namespace capstan::elementwise
