// Magnitude.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// dy with the sign of x, 0 where x is 0, NaN where x is.
struct AbsGradient : Derivative {
  static constexpr std::string_view name = "abs_gradient";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V dy, V x) {
    const V flat = select(x == V(0), V(0), x);  // or NaN
    return unless_zero(dy, select(x > V(0), dy, select(x < V(0), -dy, flat)));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<AbsGradient>(r.where(), r.dy(), r.input(1));
  }
};

struct Abs : Unary {
  static constexpr std::string_view name = "abs";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return abs(x);
  }
  static Var gradient(const Rule& r) { return apply<AbsGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
