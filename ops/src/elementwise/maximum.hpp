// The larger of two.
#pragma once

#include <capstan/kernels/elementwise/maximum.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct MaximumGradient {
  using Kernel = kernels::MaximumGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "a", "b"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.input(1), r.input(2));
  }
};

struct Maximum : Binary {
  using Kernel = kernels::Maximum;
  static constexpr bool cheap = true;
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<MaximumGradient>(r.where(), r.dy(), r.a(), r.b());
    if (r.needs(1)) dx[1] = apply<MaximumGradient>(r.where(), r.dy(), r.b(), r.a());
  }
};

}  // namespace capstan::elementwise
