// Binary cross-entropy of a probability, and of a probability that was recorded by sigmoid.
#pragma once

#include <capstan/kernels/elementwise/binary_cross_entropy.hpp>

#include "elementwise/binary_cross_entropy_with_logits.hpp"
#include "elementwise/cut_log.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct BinaryCrossEntropy {
  using Kernel = kernels::BinaryCrossEntropy;
  static constexpr std::string_view inputs[] = {"p", "y"};
  static Var slope(const Var& p, const Var& y) { return (p - y) / maximum(p * (1 - p), 1e-12); }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var p = r.input(0), y = r.input(1);
    if (r.needs(0)) dx[0] = chain(r.where(), r.dy(), slope(p, y));
    if (r.needs(1)) dx[1] = chain(r.where(), r.dy(), apply<CutLog>(r.where(), 1 - p) - apply<CutLog>(r.where(), p));
  }
};

/// The loss depends on z through p alone, so there is only one gradient to give. The rule gives it to z if the gradient
/// of z is needed: the slope of the sigmoid cancels there, and dz = p − y is right to the last digits however near p is
/// to 0 or 1. Otherwise it gives it to p.
struct BinaryCrossEntropyOfSigmoid {
  using Kernel = kernels::BinaryCrossEntropyOfSigmoid;
  static constexpr std::string_view inputs[] = {"p", "y", "z"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var p = r.input(0), y = r.input(1), z = r.input(2);
    if (r.needs(2)) {
      dx[2] = apply<SigmoidError>(r.where(), r.dy(), z, y);
    } else if (r.needs(0)) {
      dx[0] = chain(r.where(), r.dy(), BinaryCrossEntropy::slope(p, y));
    }
    if (r.needs(1)) dx[1] = -chain(r.where(), r.dy(), z);
  }
};

}  // namespace capstan::elementwise
