// Cosine.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Cos : Unary {
  static constexpr std::string_view name = "cos";
  template <class V>
  static V forward(V x) {
    return cos(x);
  }
  static Var gradient(const Rule& r) { return -chain(r.where(), r.dy(), sin(r.x())); }
};

}  // namespace capstan::elementwise
