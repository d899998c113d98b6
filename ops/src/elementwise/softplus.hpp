// Softplus: log(1 + eˣ).
#pragma once

#include "elementwise/sigmoid_slope.hpp"

namespace capstan::elementwise {

/// dy · sigmoid(x), also where the sigmoid itself is below the normal numbers; 0 where dy is 0.
struct SoftplusGradient : Derivative {
  static constexpr std::string_view name = "softplus_gradient";
  template <class V>
  static V forward(V dy, V x) {
    return unless_zero(dy, times_sigmoid(dy, x));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var x = r.input(1);
    if (r.needs(0)) dx[0] = apply<SoftplusGradient>(r.where(), r.dy(), x);
    if (r.needs(1)) dx[1] = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), r.dy(), r.input(0)), x);
  }
};

struct Softplus : Unary {
  static constexpr std::string_view name = "softplus";
  template <class V>
  static V forward(V x) {
    return max(x, V(0)) + log1p(exp(-abs(x)));
  }
  static Var gradient(const Rule& r) { return apply<SoftplusGradient>(r.where(), r.dy(), r.x()); }
};

}  // namespace capstan::elementwise
