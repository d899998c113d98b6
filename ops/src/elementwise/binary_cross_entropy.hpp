// Binary cross-entropy of a probability.
#pragma once

#include "elementwise/cut_log.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct BinaryCrossEntropy {
  static constexpr std::string_view name = "binary_cross_entropy";
  static constexpr std::string_view inputs[] = {"p", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V p, V y) {
    return -(y * max(log(p), V(-100)) + (V(1) - y) * max(log1p(-p), V(-100)));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var p = r.input(0), y = r.input(1);
    if (r.needs(0)) dx[0] = r.dy() * ((p - y) / maximum(p * (1 - p), 1e-12));
    if (r.needs(1)) dx[1] = r.dy() * (apply<CutLog>(r.where(), 1 - p) - apply<CutLog>(r.where(), p));
  }
};

}  // namespace capstan::elementwise
