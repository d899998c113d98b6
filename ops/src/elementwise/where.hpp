// Choice: a where the condition is not 0, else b.
#pragma once

#include <capstan/kernels/elementwise/where.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct Where {
  using Kernel = kernels::Where;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"condition", "a", "b"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(1)) dx[1] = where(r.input(0), r.dy(), 0);
    if (r.needs(2)) dx[2] = where(r.input(0), 0, r.dy());
  }
};

}  // namespace capstan::elementwise
