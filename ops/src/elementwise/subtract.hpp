// Difference.
#pragma once

#include <capstan/kernels/elementwise/subtract.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Subtract : Binary {
  using Kernel = kernels::Subtract;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = r.dy();
    if (r.needs(1)) dx[1] = -r.dy();
  }
};

}  // namespace capstan::elementwise
