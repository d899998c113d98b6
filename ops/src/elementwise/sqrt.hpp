// Square root.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy / 2y, 0 where dy is 0. At −0, whose root is −0, as at 0.
struct SqrtGradient {
  static constexpr std::string_view name = "sqrt_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V y) {
    return unless_zero(dy, dy / abs(y + y));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<SqrtGradient>(r.where(), r.dy(), y);
    if (!r.needs(1)) return;
    const Var both = chain_both(r.where(), r.dy(), r.input(0));
    dx[1] = -chain_quotient(r.where(), apply<SqrtGradient>(r.where(), both, y), y);
  }
};

struct Sqrt : Unary {
  static constexpr std::string_view name = "sqrt";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V x) {
    return sqrt(x);
  }
  static Var gradient(const Rule& r) { return apply<SqrtGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
