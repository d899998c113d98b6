// Leaky rectified linear unit.
#pragma once

#include <capstan/kernels/elementwise/leaky_relu.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct LeakyReluGradient : Derivative {
  using Kernel = kernels::LeakyReluGradient;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<LeakyReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.input(1));
  }
};

struct LeakyRelu : Unary {
  using Kernel = kernels::LeakyRelu;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) {
    return apply_with<LeakyReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
