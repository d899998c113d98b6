// The smaller of two: its gradient is that of maximum with the two exchanged.
#pragma once

#include "elementwise/maximum.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Minimum : Binary {
  static constexpr std::string_view name = "minimum";
  static constexpr bool cheap = true;
  static constexpr bool integers = true;
  template <class V>
  static V forward(V a, V b) {
    return select(a == b, a | b, min(a, b));  // of 0 and −0 it is −0
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.b(), r.a());
    if (r.needs(1)) dx[1] = apply<MaximumGradient>(r.where(), r.dy(), r.a(), r.b());
  }
};

}  // namespace capstan::elementwise
