// Logistic function.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · y · (1 − y), 0 where dy is 0. What rounding has taken from y near 1 is missing in the difference: to compute the
/// slope from x would take as long as the function itself.
struct SigmoidGradient {
  static constexpr std::string_view name = "sigmoid_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V y) {
    return chain(dy, y * (V(1) - y));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var y = r.input(1);
    if (r.needs(0)) dx[0] = apply<SigmoidGradient>(r.where(), r.dy(), y);
    if (r.needs(1)) dx[1] = chain(r.where(), chain_both(r.where(), r.dy(), r.input(0)), 1 - (y + y));
  }
};

struct Sigmoid : Unary {
  static constexpr std::string_view name = "sigmoid";
  template <class V>
  static V forward(V x) {
    return sigmoid(x);
  }
  static Var gradient(const Rule& r) { return apply<SigmoidGradient>(r.where(), r.dy(), r.y()); }
};

}  // namespace capstan::elementwise
