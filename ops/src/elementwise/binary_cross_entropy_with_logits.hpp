// Binary cross-entropy of p = sigmoid(z).
#pragma once

#include <capstan/kernels/elementwise/binary_cross_entropy_with_logits.hpp>

#include "elementwise/sigmoid_slope.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct SigmoidError {
  using Kernel = kernels::SigmoidError;
  static constexpr std::string_view inputs[] = {"dy", "z", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var dy = r.input(0), z = r.input(1), y = r.input(2), u = r.dy();
    if (r.needs(0)) dx[0] = apply<SigmoidError>(r.where(), u, z, y);
    if (r.needs(1)) dx[1] = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), u, dy), z);
    if (r.needs(2)) dx[2] = -chain_both(r.where(), u, dy);
  }
};

struct BinaryCrossEntropyWithLogits {
  using Kernel = kernels::BinaryCrossEntropyWithLogits;
  static constexpr std::string_view inputs[] = {"z", "y"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SigmoidError>(r.where(), r.dy(), r.input(0), r.input(1));
    if (r.needs(1)) dx[1] = -chain(r.where(), r.dy(), r.input(0));
  }
};

}  // namespace capstan::elementwise
