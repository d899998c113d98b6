// eˣ − 1.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Expm1 : Unary {
  static constexpr std::string_view name = "expm1";
  template <class V>
  static V forward(V x) {
    return expm1(x);
  }
  static Var gradient(const Rule& r) { return r.dy() * exp(r.x()); }  // y + 1 would lose the digits of a small eˣ
};

}  // namespace capstan::elementwise
