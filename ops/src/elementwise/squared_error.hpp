// The square of a difference.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// dy · 2(p − y), 0 where dy is 0.
struct SquaredErrorGradient {
  static constexpr std::string_view name = "squared_error_gradient";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "p", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V p, V y) {
    return unless_zero(dy, times_twice_difference(dy, p, y));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var u = r.dy();
    if (r.needs(0)) dx[0] = apply<SquaredErrorGradient>(r.where(), u, r.input(1), r.input(2));
    if (r.needs(1)) dx[1] = 2 * chain_both(r.where(), u, r.input(0));
    if (r.needs(2)) dx[2] = -2 * chain_both(r.where(), u, r.input(0));
  }
};

struct SquaredError {
  static constexpr std::string_view name = "squared_error";
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"p", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V p, V y) {
    const V difference = p - y;
    return difference * difference;
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SquaredErrorGradient>(r.where(), r.dy(), r.input(0), r.input(1));
    if (r.needs(1)) dx[1] = apply<SquaredErrorGradient>(r.where(), r.dy(), r.input(1), r.input(0));
  }
};

}  // namespace capstan::elementwise
