// log(1 + x).
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Log1p : Unary {
  static constexpr std::string_view name = "log1p";
  template <class V>
  static V forward(V x) {
    return log1p(x);
  }
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), 1 + r.x()); }
};

}  // namespace capstan::elementwise
