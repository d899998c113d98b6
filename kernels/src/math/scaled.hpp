// Products and quotients of several numbers whose parts may be beyond the format while the whole is not.
#pragma once

#include "math/basic.hpp"

namespace capstan::kernels {

/// Whether digits may be missing: infinite, 0 or denormal.
template <class T, class A>
Mask<T, A> is_beyond(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  constexpr T smallest_normal = std::numeric_limits<T>::min();
  const L size = abs(x);
  return size < L(smallest_normal) || size == infinity<L>();
}

/// x = m·2^k with 1 ≤ |m| < 2; 0, inf and NaN are their own m, with k = 0.
template <class T, class A>
struct Scaled {
  Lanes<T, A> m, k;
};
template <class T, class A>
Scaled<T, A> scaled(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  using B = typename L::BitLanes;
  constexpr int mantissa = Format<T>::mantissa;
  constexpr T smallest_normal = std::numeric_limits<T>::min();
  const L size = abs(x);
  const auto ordinary = size > L(0) && size < infinity<L>(), denormal = size < L(smallest_normal);
  const B bits = bits_of(select(denormal, size * L(Format<T>::denormal_scale), size));
  const L two_to_mantissa = power_of_two(L(mantissa));
  const L k = from_bits<T, A>((bits >> mantissa) | bits_of(two_to_mantissa)) - two_to_mantissa - L(Format<T>::bias);
  const B fraction((typename L::Bits{1} << mantissa) - 1);
  const L m = from_bits<T, A>((bits & fraction) | bits_of(L(1)));
  const L of_x = k - select(denormal, L(Format<T>::denormal_exponent), L(0));
  return {select(ordinary, with_sign_of(m, x), x), select(ordinary, of_x, L(0))};
}

/// dy·a/b².
template <class T, class A>
Lanes<T, A> product_over_square(Lanes<T, A> dy, Lanes<T, A> a, Lanes<T, A> b) noexcept {
  using L = Lanes<T, A>;
  const L left = dy / b, right = a / b, quick = left * right;
  const auto beyond = (is_beyond(left) || (is_beyond(right) && a != L(0))) && dy != L(0);
  if (!any(beyond)) return quick;
  const Scaled<T, A> d = scaled(dy), n = scaled(a), s = scaled(b);
  const L m = (d.m * n.m) / (s.m * s.m), k = d.k + n.k - (s.k + s.k);
  constexpr double most = 2 * (Format<T>::bias - 1);  // m is between ¼ and 4: beyond, the result is 0 or infinite
  return select(beyond, scale(m, within(k, -most, most)), quick);
}

/// dy·2x.
template <class T, class A>
Lanes<T, A> times_twice(Lanes<T, A> dy, Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L twice = x + x;
  return select(abs(twice) == infinity<L>(), (dy + dy) * x, dy * twice);
}

/// dy·2(a − b).
template <class T, class A>
Lanes<T, A> times_twice_difference(Lanes<T, A> dy, Lanes<T, A> a, Lanes<T, A> b) noexcept {
  using L = Lanes<T, A>;
  const L difference = a - b, twice = difference + difference;
  const L half = (dy + dy) * (L(0.5) * a - L(0.5) * b);
  return select(abs(twice) == infinity<L>(), half + half, dy * twice);
}

}  // namespace capstan::kernels
