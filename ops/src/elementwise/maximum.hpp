// The larger of two.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// What a gets of the gradient of the larger one: dy where a > b, half of it where they are equal, 0 where a < b, NaN
/// where either is and dy is not 0.
struct MaximumGradient {
  static constexpr std::string_view name = "maximum_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "a", "b"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V a, V b) {
    const V unequal = select(a > b, dy, select(a < b, V(0), a + b));
    return unless_zero(dy, select(a == b, V(0.5) * dy, unequal));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.input(1), r.input(2));
  }
};

struct Maximum : Binary {
  static constexpr std::string_view name = "maximum";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return select(a == b, a & b, max(a, b));  // of 0 and −0 it is 0
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.a(), r.b());
    if (r.needs(1)) dx[1] = apply<MaximumGradient>(r.where(), r.dy(), r.b(), r.a());
  }
};

}  // namespace capstan::elementwise
