// Exponential function.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Exp : Unary {
  static constexpr std::string_view name = "exp";
  template <class V>
  static V forward(V x) {
    return exp(x);
  }
  static Var gradient(const Rule& r) { return r.dy() * r.y(); }
};

}  // namespace capstan::elementwise
