// Sine.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Sin : Unary {
  static constexpr std::string_view name = "sin";
  template <class V>
  static V forward(V x) {
    return sin(x);
  }
  static Var gradient(const Rule& r) { return chain(r.where(), r.dy(), cos(r.x())); }
};

}  // namespace capstan::elementwise
