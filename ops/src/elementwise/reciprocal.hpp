// 1 / x.
#pragma once

#include "elementwise/divide.hpp"

namespace capstan::elementwise {

struct Reciprocal : Unary {
  static constexpr std::string_view name = "reciprocal";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return V(1) / x;
  }
  static Var gradient(const Rule& r) { return apply<DivisorGradient>(r.where(), r.dy(), 1, r.x()); }
};

}  // namespace capstan::elementwise
