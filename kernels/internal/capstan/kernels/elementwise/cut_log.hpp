// Logarithm cut at −100, which losses of probabilities are made of.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct CutLog : Unary {
  static constexpr std::string_view name = "cut_log";
  template <class V>
  static V forward(V x) {
    return max(log(x), V(-100));
  }
};

}  // namespace capstan::kernels
