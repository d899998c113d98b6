// Natural logarithm.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Log : Unary {
  static constexpr std::string_view name = "log";
  template <class V>
  static V forward(V x) {
    return log(x);
  }
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
