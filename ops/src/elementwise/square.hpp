// x · x.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · 2x, 0 where dy is 0.
struct SquareGradient : Derivative {
  static constexpr std::string_view name = "square_gradient";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_twice(dy, x));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SquareGradient>(r.where(), r.dy(), r.input(1));
    if (r.needs(1)) dx[1] = 2 * chain_both(r.where(), r.dy(), r.input(0));
  }
};

struct Square : Unary {
  static constexpr std::string_view name = "square";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V x) {
    return x * x;
  }
  static Var gradient(const Rule& r) { return apply<SquareGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
