// x · x.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Square : Unary {
  static constexpr std::string_view name = "square";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return x * x;
  }
  static Var gradient(const Rule& r) { return r.dy() * (r.x() + r.x()); }
};

}  // namespace capstan::elementwise
