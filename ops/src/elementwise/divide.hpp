// Quotient.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Divide : Binary {
  static constexpr std::string_view name = "divide";
  static constexpr bool cheap = true;
  template <class V>
  static V forward(V a, V b) {
    return a / b;
  }
  // d(a/b)/db = −a/b² = −y/b, so that both gradients share dy/b.
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var da = r.dy() / r.b();
    if (r.needs(0)) dx[0] = da;
    if (r.needs(1)) dx[1] = -(da * r.y());
  }
};

}  // namespace capstan::elementwise
