// Quotient.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// −dy · a / b², 0 where dy is 0.
struct DivisorGradient {
  static constexpr std::string_view name = "divisor_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "a", "b"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V a, V b) {
    return unless_zero(dy, -product_over_square(dy, a, b));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var dy = r.input(0), a = r.input(1), b = r.input(2), u = r.dy();
    if (r.needs(0)) dx[0] = apply<DivisorGradient>(r.where(), u, a, b);
    if (!r.needs(1) && !r.needs(2)) return;
    const Var both = chain_both(r.where(), u, dy);
    if (r.needs(1)) dx[1] = apply<DivisorGradient>(r.where(), both, 1, b);
    if (r.needs(2)) dx[2] = -2 * chain_quotient(r.where(), apply<DivisorGradient>(r.where(), both, a, b), b);
  }
};

struct Divide : Binary {
  static constexpr std::string_view name = "divide";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V a, V b) {
    return a / b;
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = chain_quotient(r.where(), r.dy(), r.b());
    if (r.needs(1)) dx[1] = apply<DivisorGradient>(r.where(), r.dy(), r.a(), r.b());
  }
};

}  // namespace capstan::elementwise
