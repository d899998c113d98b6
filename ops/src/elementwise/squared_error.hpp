// The square of a difference.
#pragma once

#include <capstan/kernels/elementwise/squared_error.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct SquaredErrorGradient {
  using Kernel = kernels::SquaredErrorGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "p", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var u = r.dy();
    if (r.needs(0)) dx[0] = apply<SquaredErrorGradient>(r.where(), u, r.input(1), r.input(2));
    if (r.needs(1)) dx[1] = 2 * chain_both(r.where(), u, r.input(0));
    if (r.needs(2)) dx[2] = -2 * chain_both(r.where(), u, r.input(0));
  }
};

struct SquaredError {
  using Kernel = kernels::SquaredError;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"p", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SquaredErrorGradient>(r.where(), r.dy(), r.input(0), r.input(1));
    if (r.needs(1)) dx[1] = apply<SquaredErrorGradient>(r.where(), r.dy(), r.input(1), r.input(0));
  }
};

}  // namespace capstan::elementwise
