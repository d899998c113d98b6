// x between two bounds.
#pragma once

#include <capstan/kernels/elementwise/clamp.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct ClampGradient : Derivative {
  using Kernel = kernels::ClampGradient;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<ClampGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.input(1));
  }
};

struct Clamp : Unary {
  using Kernel = kernels::Clamp;
  using Attributes = Kernel::Attributes;
  static constexpr bool cheap = true;
  static Var gradient(const Rule& r) {
    return apply_with<ClampGradient>(r.attributes<Attributes>(), r.where(), r.dy(), r.x());
  }
};

}  // namespace capstan::elementwise
