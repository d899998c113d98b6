// The negative.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Negate : Unary {
  static constexpr std::string_view name = "negate";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return -x;
  }
  static Var gradient(const Rule& r) { return -r.dy(); }
};

}  // namespace capstan::elementwise
