// Gradients of the elementary functions: dy times the derivative, computed so that digits, or the whole, are not lost in a
// factor that is beyond the format, or that is what is left of a difference.
#pragma once

#include "math/erf.hpp"
#include "math/exp.hpp"
#include "math/scaled.hpp"

namespace capstan::kernels {

/// dy·e^(x + low), where low is small against 1.
template <class T, class A, class... Low>
Lanes<T, A> times_exp(Lanes<T, A> dy, Lanes<T, A> x, Low... low) noexcept {
  const auto e = reduce_exp(within(x, -Format<T>::exp_reach, Format<T>::exp_reach), low...);
  return times_scaled(dy, e.p + Lanes<T, A>(1), e.k);
}

/// dy·exp(−steepness·x²), where the product with a steepness is exact.
template <class T, class A>
Lanes<T, A> times_gaussian(Lanes<T, A> dy, Lanes<T, A> x, Lanes<T, A> steepness) noexcept {
  const Lanes<T, A> s = within(abs(x), 0, 60);  // 0 beyond
  const Pair<T, A> square = exact_product(s, s);
  return times_exp(dy, -(steepness * square.high), -(steepness * square.low));
}

/// e^−|x| = m·2^k, and its value.
template <class T, class A>
struct Decay {
  Lanes<T, A> size, p, m, k, value;  ///< m = 1 + p
  explicit Decay(Lanes<T, A> x) noexcept : size{within(abs(x), 0, Format<T>::exp_reach)} {
    using L = Lanes<T, A>;
    constexpr double most = 2 * (Format<T>::bias - 1);
    const auto e = reduce_exp(-size);
    p = e.p;
    m = e.p + L(1);
    k = e.k;
    value = scale(m, max(k, L(-most)));
  }
};

/// (1 + e)² for 0 ≤ e ≤ 1.
template <class T, class A>
Lanes<T, A> square_of_sum(Lanes<T, A> e) noexcept {
  return fma(e, Lanes<T, A>(2) + e, Lanes<T, A>(1));
}

/// dy·sigmoid(x).
template <class T, class A>
Lanes<T, A> times_sigmoid(Lanes<T, A> dy, Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const Decay<T, A> e(x);
  const L below = L(1) + e.value;
  return select(x < L(0), times_scaled(dy, e.m / below, e.k), dy / below);
}

/// dy times the slope of sigmoid, e/(1 + e)² for e = e^−|x|.
template <class T, class A>
Lanes<T, A> times_sigmoid_slope(Lanes<T, A> dy, Lanes<T, A> x) noexcept {
  const Decay<T, A> e(x);
  return times_scaled(dy, e.m / square_of_sum(e.value), e.k);
}

/// dy·(sigmoid(z) − y), from the smaller one of sigmoid(z) and 1 − sigmoid(z).
template <class T, class A>
Lanes<T, A> times_sigmoid_error(Lanes<T, A> dy, Lanes<T, A> z, Lanes<T, A> y) noexcept {
  using L = Lanes<T, A>;
  const Decay<T, A> e(z);
  const L below = L(1) + e.value, other = select(z > L(0), L(1) - y, y);
  const L alone = times_scaled(dy, e.m / below, e.k);
  const L error = select(other == L(0), alone, dy * (e.value / below - other));
  return select(z > L(0), -error, error);
}

/// dy·s·(1 + x·(1 − s)) for s = sigmoid(x).
template <class T, class A>
Lanes<T, A> times_silu_slope(Lanes<T, A> dy, Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const Decay<T, A> e(x);
  const L below = square_of_sum(e.value);
  const L fall = (L(1) - e.size) + e.value;
  const L left = times_scaled(dy, fma(fall, e.p, fall) / below, e.k);
  const L right = dy * (fma(e.value, L(1) + e.size, L(1)) / below);
  return select(x < L(0), left, right);
}

/// dy·(Φ(x) + x·φ(x)). For x < 0 that is Q(s) − s·φ(s) at s = −x, for x > 0 it is 1 less the same.
template <class T, class A>
Lanes<T, A> times_gelu_slope(Lanes<T, A> dy, Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L s = within(abs(x), 0, 60);  // 0 and 1 beyond
  Pair<T, A> square = exact_product(s, s);
  square = {square.high * L(0.5), square.low * L(0.5)};
  const auto e = reduce_exp(within(-square.high, -Format<T>::exp_reach, 0), -square.low);
  // φ(0) in two parts
  const L peak(Format<T>::density_high), peak_low(Format<T>::density_low);
  const auto [tail, divisor] = scaled_tail(s);
  const L bracket = fma(-peak, s, fma(-peak_low, s, (L(1) + tail) / divisor));
  const L far = fma(bracket, e.p, bracket);
  const L p = s * L(0x1.6a09e667f3bcdp-2);  // Q(s) = 1/2 − erf(s/√2)/2
  const L density = peak * scale(e.p + L(1), max(e.k, L(-1)));
  const L near = fma(-s, density, L(0.5) - fma(p, erf_tail(square.high), p));
  const auto is_near = s<L(0.75), above = x> L(0);
  const L left = select(is_near, dy * near, times_scaled(dy, far, e.k));
  const L right = dy * (L(1) - select(is_near, near, times_scaled(L(1), far, e.k)));
  return select(above, right, left);
}

}  // namespace capstan::kernels
