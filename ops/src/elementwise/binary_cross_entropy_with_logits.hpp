// Binary cross-entropy of p = sigmoid(z).
#pragma once

#include "elementwise/sigmoid_slope.hpp"
#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// dy · (sigmoid(z) − y), from the smaller one of sigmoid(z) and 1 − sigmoid(z), so that no digit is lost where y is 0 or
/// 1; 0 where dy is 0.
struct SigmoidError {
  static constexpr std::string_view name = "sigmoid_error";
  static constexpr std::string_view inputs[] = {"dy", "z", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V dy, V z, V y) {
    return unless_zero(dy, times_sigmoid_error(dy, z, y));
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    const Var dy = r.input(0), z = r.input(1), y = r.input(2), u = r.dy();
    if (r.needs(0)) dx[0] = apply<SigmoidError>(r.where(), u, z, y);
    if (r.needs(1)) dx[1] = apply<SigmoidSlopeGradient>(r.where(), chain_both(r.where(), u, dy), z);
    if (r.needs(2)) dx[2] = -chain_both(r.where(), u, dy);
  }
};

/// −(y log p + (1 − y) log(1 − p)) is log(1 + e^−|z|) + |z| · (1 − y) for z > 0 and … + |z| · y for z < 0: nothing
/// overflows, and nothing cancels.
struct BinaryCrossEntropyWithLogits {
  static constexpr std::string_view name = "binary_cross_entropy_with_logits";
  static constexpr std::string_view inputs[] = {"z", "y"};
  static constexpr bool integers = false;
  template <class V>
  static V forward(V z, V y) {
    const V wrong = select(z > V(0), V(1) - y, y), size = abs(z);
    return select(wrong == V(0), V(0), size * wrong) + log1p(exp(-size));  // an infinite z that is right costs nothing
  }
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply<SigmoidError>(r.where(), r.dy(), r.input(0), r.input(1));
    if (r.needs(1)) dx[1] = -chain(r.where(), r.dy(), r.input(0));
  }
};

}  // namespace capstan::elementwise
