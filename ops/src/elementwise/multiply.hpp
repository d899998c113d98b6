// Product of elements.
#pragma once

#include <capstan/kernels/elementwise/multiply.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct Multiply : Binary {
  using Kernel = kernels::Multiply;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = chain(r.where(), r.dy(), r.b());
    if (r.needs(1)) dx[1] = chain(r.where(), r.dy(), r.a());
  }
};

}  // namespace capstan::elementwise
