// The smaller of two. The gradient is computed as for maximum, with the two exchanged.
#pragma once

#include <capstan/kernels/elementwise/minimum.hpp>

#include "elementwise/maximum.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Minimum : Binary {
  using Kernel = kernels::Minimum;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.b(), r.a());
    if (r.needs(1)) dx[1] = apply<MaximumGradient>(r.where(), r.dy(), r.a(), r.b());
  }
};

}  // namespace capstan::elementwise
