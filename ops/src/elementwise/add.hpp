// Sum.
#pragma once

#include <capstan/kernels/elementwise/add.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Add : Binary {
  using Kernel = kernels::Add;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = r.dy();
    if (r.needs(1)) dx[1] = r.dy();
  }
};

}  // namespace capstan::elementwise
