// Error function.
#pragma once

#include <capstan/kernels/elementwise/erf.hpp>

#include "elementwise/gaussian.hpp"

namespace capstan::elementwise {

struct Erf : Unary {
  using Kernel = kernels::Erf;
  static Var gradient(const Rule& r) {
    constexpr double two_over_root_pi = 1.12837916709551257390;
    return apply_with<GaussianGradient>({1.0}, r.where(), r.dy(), r.x()) * two_over_root_pi;
  }
};

}  // namespace capstan::elementwise
