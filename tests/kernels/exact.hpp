// What kernels of several operands are measured against: functions in long double.
#pragma once

#include <cmath>
#include <limits>

#include "ulps.hpp"

namespace exact {

using capstan::Real;
using In = const Real*;
constexpr Real not_a_number = std::numeric_limits<Real>::quiet_NaN();

inline Real larger(Real a, Real b) {
  if (std::isnan(a) || std::isnan(b)) return not_a_number;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

inline Real cut(Real logarithm) { return logarithm < -100 ? -100 : logarithm; }

inline Real sigmoid(Real z) { return 1 / (1 + std::exp(-z)); }

/// Of logits: log(1 + e^−|z|), and |z| times how far the target is on the other side.
inline Real cross_entropy(Real z, Real y) {
  const Real other = z > 0 ? 1 - y : y;
  return (other == 0 ? 0 : std::fabs(z) * other) + std::log1p(std::exp(-std::fabs(z)));
}

/// ⌊a / b⌋; from the remainder, which is exact.
inline Real floor_quotient(Real a, Real b) {
  if (b == 0 || a == 0) return a / b;
  if (!std::isfinite(a)) return not_a_number;
  const Real rest = std::fmod(a, b), toward_zero = std::isinf(b) ? 0 : (a - rest) / b;
  if (std::signbit(a) == std::signbit(b)) return std::fabs(toward_zero);
  return rest == 0 ? toward_zero : toward_zero - 1;
}

/// x^(e − order). That e is whole or odd is seen in e, not in e − order, which is rounded.
inline Real shifted_power(Real x, Real e, int order) {
  if (std::isnan(e) && x != 1) return e;
  const bool whole = std::isfinite(e) && std::nearbyint(e) == e;
  if (x < 0 && std::isfinite(x) && std::isfinite(e) && !whole) return not_a_number;
  const bool odd = whole && (std::fmod(e, Real{2}) != 0) != (order % 2 != 0);
  return (odd ? std::copysign(Real{1}, x) : 1) * std::pow(std::fabs(x), e - static_cast<Real>(order));
}

/// The derivative of x^e of some order.
inline Real power_derivative(Real x, Real e, int order) {
  Real factor = 1;
  for (int i = 0; i < order; ++i) factor *= e - static_cast<Real>(i);
  return factor == 0 ? 0 : factor * shifted_power(x, e, order);
}

/// A gradient times a slope: 0 where the gradient is 0.
inline Real chained(Real dy, Real slope) { return dy == 0 ? 0 : dy * slope; }

/// dy times the derivative: 0 where the first factors make 0, however large the power is.
inline Real chained_power(In x, int order) {
  const Real slope = power_derivative(x[1], x[2], order);
  return slope == 0 && std::isfinite(x[2]) && x[2] >= 0 && x[2] < static_cast<Real>(order) && x[2] == std::floor(x[2])
             ? 0
             : chained(x[0], slope);
}

/// dy · xᵉ · log(x), in the limit where x is 0 or infinite and xᵉ is 0.
inline Real chained_power_log(In x) {
  if (x[0] == 0 || x[1] == 1 || (x[1] == 0 && x[2] >= 0)) return 0;
  if (std::isinf(x[1]) && x[1] > 0 && x[2] < 0) return x[0] * 0;
  return x[0] * std::pow(x[1], x[2]) * std::log(x[1]);
}

/// e^−|x|, of which the slopes in the tails are made.
inline Real decay(Real x) { return std::exp(-std::fabs(x)); }

inline Real silu_slope(Real x) {
  const Real e = decay(x), below = (1 + e) * (1 + e);
  if (std::isinf(x)) return x > 0 ? 1 : -0.0L;
  return (x < 0 ? e * (1 + x + e) : 1 + e * (1 + x)) / below;
}

inline Real normal_distribution(Real x) { return std::erfc(-x * std::sqrt(0.5L)) / 2; }

inline Real gelu_slope(Real x) {
  if (std::isinf(x)) return x > 0 ? 1 : -0.0L;
  return normal_distribution(x) + x * std::exp(-x * x / 2) * 0.39894228040143267793994605993438187L;
}

inline Real one_if(bool yes) { return yes ? 1 : 0; }

}  // namespace exact
