// Logarithms: log, log1p. x = 2^k·(1 + f) with 1 + f near 1; then log(1 + f) from s = f/(2 + f), whose series is short
// (Cody and Waite, Software Manual for the Elementary Functions, 1980).
#pragma once

#include "math/basic.hpp"

namespace capstan::kernels {

/// (log(1+f) − 2s)/s with s = f/(2+f), for √½ ≤ 1+f ≤ √2; z = s². Least largest error (Remez's algorithm): 2^−29 and
/// 2^−58.
template <class A>
Lanes<float, A> log_tail(Lanes<float, A> z) noexcept {
  return z * series(z, 0.66666776717, 0.399774955808, 0.298730732355);
}
template <class A>
Lanes<double, A> log_tail(Lanes<double, A> z) noexcept {
  return z * series(z, 0.66666666666667348957, 0.39999999999411091419, 0.28571428743262838381, 0.22222198475973498737,
                    0.18183569740334425557, 0.15313903235805482079, 0.14797507797015102061);
}

/// x = 2^k·(1+f) with √½ ≤ 1+f < √2.
template <class T, class A>
struct Split {
  Lanes<T, A> k, f;
};
/// For x that is positive, normal and finite.
template <class T, class A>
Split<T, A> split_normal(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  using B = typename L::BitLanes;
  constexpr int mantissa = Format<T>::mantissa;
  const B one = bits_of(L(1)), root_half = bits_of(L(0x1.6a09e6p-1));
  const B shifted = bits_of(x) + (one - root_half);
  const L two_to_mantissa = power_of_two(L(mantissa));
  const L k = from_bits<T, A>((shifted >> mantissa) | bits_of(two_to_mantissa)) - two_to_mantissa - L(Format<T>::bias);
  const B fraction((typename L::Bits{1} << mantissa) - 1);
  return {k, from_bits<T, A>((shifted & fraction) + root_half) - L(1)};
}
/// For x that is positive and finite.
template <class T, class A>
Split<T, A> split(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  constexpr T smallest_normal = std::numeric_limits<T>::min();
  const auto denormal = x < L(smallest_normal);
  const Split<T, A> s = split_normal(select(denormal, x * L(Format<T>::denormal_scale), x));
  return {s.k - select(denormal, L(Format<T>::denormal_exponent), L(0)), s.f};
}

/// k·ln(2) + log(1+f) + c, where c is small against the rest.
template <class T, class A>
Lanes<T, A> log_of(Split<T, A> x, Lanes<T, A> c) noexcept {
  using L = Lanes<T, A>;
  const auto [k, f] = x;
  const L s = f / (L(2) + f);
  const L half_square = L(0.5) * f * f;
  const L small = fma(s, half_square + log_tail(s * s), fma(k, L(Format<T>::ln2_low), c));
  return fma(k, L(Format<T>::ln2_high), -((half_square - small) - f));
}

/// What a logarithm is at the ends of its range: `y` is the logarithm of the positive, finite u.
template <class T, class A>
Lanes<T, A> log_limits(Lanes<T, A> u, Lanes<T, A> y) noexcept {
  using L = Lanes<T, A>;
  const L finite = select(u < infinity<L>(), y, u);  // infinity and NaN stay
  return select(u == L(0), -infinity<L>(), select(u < L(0), nan<L>(), finite));
}

template <class T, class A>
Lanes<T, A> log(Lanes<T, A> x) noexcept {
  return log_limits(x, log_of(split(x), Lanes<T, A>(0)));
}

/// log(1 + x) without cancellation near 0.
template <class T, class A>
Lanes<T, A> log1p(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L u = L(1) + x;
  const L lost = select(x < L(1), x - (u - L(1)), L(1) - (u - x));  // what the sum rounded away
  return select(x == L(0), x, log_limits(u, log_of(split_normal(u), lost / u)));
}

}  // namespace capstan::kernels
