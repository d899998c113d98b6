// Square root.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Sqrt : Unary {
  static constexpr std::string_view name = "sqrt";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return sqrt(x);
  }
  static Var gradient(const Rule& r) { return r.dy() / (r.y() + r.y()); }
};

}  // namespace capstan::elementwise
