// What the elementary functions are made of: the constants of the two formats, polynomials, rounding, powers of two,
// and arithmetic that keeps what it rounds away.
#pragma once

#include "lanes/lanes.hpp"

namespace capstan::kernels {

/// What differs between float and double.
template <class T>
struct Format;

template <>
struct Format<float> {
  static constexpr int mantissa = 23;
  static constexpr int bias = 127;
  static constexpr float round = 0x1.8p23f;                                  ///< adding it rounds to a whole number
  static constexpr float ln2_high = 0x1.63p-1f, ln2_low = -0x1.bd0106p-13f;  ///< k · ln2_high is exact
  static constexpr float exp_low = -105.0f, exp_high = 89.0f;                ///< beyond: 0 and infinity
  static constexpr float density_high = 0x1.988454p-2f, density_low = -0x1.857936p-27f;  ///< 1/√(2π)
  static constexpr float exp_reach = 200.0f;  ///< times its power of e, any number is beyond the format
  static constexpr float denormal_scale = 0x1p24f, denormal_exponent = 24.0f;
};

template <>
struct Format<double> {
  static constexpr int mantissa = 52;
  static constexpr int bias = 1023;
  static constexpr double round = 0x1.8p52;
  static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
  static constexpr double density_high = 0x1.9884533d43651p-2, density_low = -0x1.cbc0d30ebfd15p-56;
  static constexpr double exp_reach = 1464.0;
  static constexpr double denormal_scale = 0x1p54, denormal_exponent = 54.0;
};

/// c0 + x·(c1 + x·(c2 + …)).
template <class T, class A>
Lanes<T, A> series(Lanes<T, A>, double c) noexcept {
  return Lanes<T, A>(c);
}
template <class T, class A, class... More>
Lanes<T, A> series(Lanes<T, A> x, double c, More... more) noexcept {
  return fma(x, series(x, more...), Lanes<T, A>(c));
}

// Constants, so that no function of the standard library is compiled for a wide processor.
template <class V>
V infinity() noexcept {
  constexpr typename V::Element value = std::numeric_limits<typename V::Element>::infinity();
  return V(value);
}

template <class V>
V nan() noexcept {
  constexpr typename V::Element value = std::numeric_limits<typename V::Element>::quiet_NaN();
  return V(value);
}

/// x brought into [low, high]; NaN stays.
template <class T, class A>
Lanes<T, A> within(Lanes<T, A> x, double low, double high) noexcept {
#if defined(__SSE2__)
  // These instructions give their second operand where either is NaN.
  return xsimd::min(Lanes<T, A>(high).v, xsimd::max(Lanes<T, A>(low).v, x.v));
#else
  return min(max(x, Lanes<T, A>(low)), Lanes<T, A>(high));
#endif
}

/// x to the nearest whole number, the even one of two; for |x| below 2^22 (float) or 2^51 (double).
template <class T, class A>
Lanes<T, A> nearest(Lanes<T, A> x) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return Lanes<T, A>(_mm512_roundscale_ps(x.v, _MM_FROUND_TO_NEAREST_INT));
  if constexpr (std::is_same_v<T, double>) return Lanes<T, A>(_mm512_roundscale_pd(x.v, _MM_FROUND_TO_NEAREST_INT));
#else
  const Lanes<T, A> round(Format<T>::round);
  return (x + round) - round;
#endif
}

/// The same for every x; inf, NaN and −0 stay.
template <class T, class A>
Lanes<T, A> round_to_even(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L size = abs(x), whole(Format<T>::round / T(1.5));  // from here on every number is whole
  return select(size < whole, with_sign_of((size + whole) - whole, x), x);
}

/// 2^k for a whole number k whose power is a normal number.
template <class T, class A>
Lanes<T, A> power_of_two(Lanes<T, A> k) noexcept {
  return from_bits<T, A>(bits_of(k + Lanes<T, A>(Format<T>::round + T(Format<T>::bias))) << Format<T>::mantissa);
}

/// x·2^k, rounded once, for whole |k| up to twice the largest exponent.
template <class T, class A>
Lanes<T, A> scale(Lanes<T, A> x, Lanes<T, A> k) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return Lanes<T, A>(_mm512_scalef_ps(x.v, k.v));
  if constexpr (std::is_same_v<T, double>) return Lanes<T, A>(_mm512_scalef_pd(x.v, k.v));
#else
  const Lanes<T, A> half = nearest(k * Lanes<T, A>(0.5));
  return x * power_of_two(half) * power_of_two(k - half);
#endif
}

/// factor·m·2^k for whole k, where m is of ordinary size, below 2 if k is −1 or more: only the last step overflows, or
/// rounds to a denormal number. A positive k is applied before m, all but 1 of it, so that a denormal factor keeps its digits.
template <class T, class A>
Lanes<T, A> times_scaled(Lanes<T, A> factor, Lanes<T, A> m, Lanes<T, A> k) noexcept {
  using L = Lanes<T, A>;
  constexpr double most = 2 * (Format<T>::bias - 1);
  const L half = nearest(fma(k, L(0.5), L(-0.25)));  // −1 for k = −1
  const L first = select(k > L(0), min(k - L(1), L(most)), half);
  return scale(scale(factor, first) * m, k - first);
}

/// dx, but 0 where dy is 0, even if dx is NaN there.
template <class T, class A>
Lanes<T, A> unless_zero(Lanes<T, A> dy, Lanes<T, A> dx) noexcept {
  return only(dy != Lanes<T, A>(0), dx);
}

/// dy · slope, but 0 where dy is 0, even if the slope is infinite or NaN.
template <class T, class A>
Lanes<T, A> chain(Lanes<T, A> dy, Lanes<T, A> slope) noexcept {
  return unless_zero(dy, dy * slope);
}

/// A number as the sum of two, the second below the last place of the first.
template <class T, class A>
struct Pair {
  Lanes<T, A> high, low;
};

/// a + b exactly, where |a| ≥ |b| or a is 0.
template <class T, class A>
Pair<T, A> exact_sum(Lanes<T, A> a, Lanes<T, A> b) noexcept {
  const Lanes<T, A> high = a + b;
  return {high, b - (high - a)};
}

/// a·b exactly, unless it overflows or its low part is denormal. (Without fma: Dekker, Numer. Math. 18, 1971.)
template <class T, class A>
Pair<T, A> exact_product(Lanes<T, A> a, Lanes<T, A> b) noexcept {
  using L = Lanes<T, A>;
  const L high = a * b;
  if constexpr (has_fma<A>) return {high, fma(a, b, -high)};
  const L splitter(std::is_same_v<T, float> ? 0x1.002p12 : 0x1.0000002p27);
  const L ca = splitter * a, cb = splitter * b;
  const L a1 = ca - (ca - a), b1 = cb - (cb - b);
  const L a2 = a - a1, b2 = b - b1;
  return {high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}

}  // namespace capstan::kernels
