// eˣ − 1.
#pragma once

#include "elementwise/exp.hpp"

namespace capstan::elementwise {

struct Expm1 : Unary {
  static constexpr std::string_view name = "expm1";
  template <class V>
  static V forward(V x) {
    return expm1(x);
  }
  static Var gradient(const Rule& r) { return apply<ExpGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
