// Logistic function.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy · y · (1 − y), 0 where dy is 0. What rounding has taken from y near 1 is missing in the difference: to compute the
/// slope from x would take as long as the function itself.
struct SigmoidGradient : Binary {
  static constexpr std::string_view name = "sigmoid_gradient";
  template <class V>
  static V forward(V dy, V y) {
    return chain(dy, y * (V(1) - y));
  }
};

struct Sigmoid : Unary {
  static constexpr std::string_view name = "sigmoid";
  template <class V>
  static V forward(V x) {
    return sigmoid(x);
  }
};

}  // namespace capstan::kernels
