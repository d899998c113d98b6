// Binary cross-entropy of a probability, and of one that sigmoid made.
#pragma once

#include "elementwise/binary_cross_entropy_with_logits.hpp"
#include "elementwise/cut_log.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct BinaryCrossEntropy {
  static constexpr std::string_view name = "binary_cross_entropy";
  static constexpr std::string_view inputs[] = {"p", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V p, V y) {
    // From 0, so that a right answer costs 0 and not −0.
    return V(0) - (y * max(log(p), V(-100)) + (V(1) - y) * max(log1p(-p), V(-100)));
  }
  static Var slope(const Var& p, const Var& y) { return (p - y) / maximum(p * (1 - p), 1e-12); }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var p = r.input(0), y = r.input(1);
    if (r.needs(0)) dx[0] = chain(r.where(), r.dy(), slope(p, y));
    if (r.needs(1)) dx[1] = chain(r.where(), r.dy(), apply<CutLog>(r.where(), 1 - p) - apply<CutLog>(r.where(), p));
  }
};

/// The loss of p = sigmoid(z), computed from z. It depends on z through p alone, so it has one gradient, which the rule
/// gives to z where z is asked for: there the slope of the sigmoid cancels, and dz = p − y is right to the last digits however near p is to 0 or 1. It
/// gives it to p where only p is.
struct BinaryCrossEntropyOfSigmoid {
  static constexpr std::string_view name = "binary_cross_entropy_of_sigmoid";
  static constexpr std::string_view inputs[] = {"p", "y", "z"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V, V y, V z) {
    return BinaryCrossEntropyWithLogits::forward(z, y);
  }
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
