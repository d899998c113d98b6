// Product of elements.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Multiply : Binary {
  static constexpr std::string_view name = "multiply";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return a * b;
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = chain(r.where(), r.dy(), r.b());
    if (r.needs(1)) dx[1] = chain(r.where(), r.dy(), r.a());
  }
};

}  // namespace capstan::elementwise
