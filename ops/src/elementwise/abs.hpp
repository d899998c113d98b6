// Magnitude.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Abs : Unary {
  static constexpr std::string_view name = "abs";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return abs(x);
  }
  static Var gradient(const Rule& r) { return r.dy() * sign(r.x()); }
};

}  // namespace capstan::elementwise
