// Exponential function.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · eˣ, also where eˣ itself is beyond the format; 0 where dy is 0.
struct ExpGradient : Derivative {
  static constexpr std::string_view name = "exp_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_exp(dy, x));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<ExpGradient>(r.where(), r.dy(), r.input(1));
    if (r.needs(1)) dx[1] = apply<ExpGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), r.input(1));
  }
};

struct Exp : Unary {
  static constexpr std::string_view name = "exp";
  template <class V>
  static V forward(V x) {
    return exp(x);
  }
  static Var gradient(const Rule& r) { return apply<ExpGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
