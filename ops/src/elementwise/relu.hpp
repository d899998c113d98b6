// Rectified linear unit.
#pragma once

#include <capstan/kernels/elementwise/relu.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct ReluGradient : Derivative {
  using Kernel = kernels::ReluGradient;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<ReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.input(1));
  }
};

struct Relu : Unary {
  using Kernel = kernels::Relu;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) {
    return apply_with<ReluGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
