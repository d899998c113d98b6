// Logarithm cut at −100, which losses of probabilities are made of.
#pragma once

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

/// max(log(x), −100), with the slope 1 / max(x, 1e-12): finite at 0.
struct CutLog : Unary {
  static constexpr std::string_view name = "cut_log";
  template <class V>
  static V forward(V x) {
    return max(log(x), V(-100));
  }
  static Var gradient(const Rule& r) { return chain_quotient(r.where(), r.dy(), maximum(r.x(), 1e-12)); }
};

}  // namespace capstan::elementwise
