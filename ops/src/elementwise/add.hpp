// Sum.
#pragma once

#include "elementwise/structs.hpp"
#include "kernels/elementwise/add.hpp"

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
