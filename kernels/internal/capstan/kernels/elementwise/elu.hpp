// Exponential linear unit.
#pragma once

#include <limits>

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy where x > 0, dy · alpha · eˣ elsewhere, 0 where dy is 0.
struct EluGradient : Binary {
  struct Attributes {
    double alpha;
    static constexpr std::string_view names[] = {"alpha"};
  };
  static constexpr std::string_view name = "elu_gradient";
  template <class V>
  static V forward(V dy, V x, const Attributes& a) {
    constexpr auto smallest = std::numeric_limits<typename V::Element>::min();
    const V slope = V(a.alpha) * exp(x);
    V below = dy * slope;
    const auto denormal = abs(slope) < V(smallest);
    if (any(denormal)) {  // by steps of which only the last may round to a denormal number
      const V half = exp(V(0.5) * x);
      below = select(denormal, dy * (V(a.alpha) * half) * half, below);
    }
    return unless_zero(dy, select(x > V(0), dy, below));
  }
};

struct Elu : Unary {
  using Attributes = EluGradient::Attributes;
  static constexpr std::string_view name = "elu";
  template <class V>
  static V forward(V x, const Attributes& a) {
    return select(x > V(0), x, V(a.alpha) * expm1(x));
  }
};

}  // namespace capstan::kernels
