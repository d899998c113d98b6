// x^y = exp(y·log(x)), with the logarithm to some 63 bits so that the result is right to the last place or two; the
// limits are those of C (ISO C, annex F). Floats are computed as doubles.
#pragma once

#include "lanes/parts.hpp"
#include "math/exp.hpp"
#include "math/log.hpp"
#include "math/scaled.hpp"

namespace capstan::kernels {

/// ((log(1+f) − 2s)/(s·z) − 2/3)/z with s = f/(2+f), z = s². Least largest error (Remez's algorithm): 2^−66 of the
/// logarithm.
template <class A>
Lanes<double, A> log_pair_tail(Lanes<double, A> z) noexcept {
  return series(z, 0.40000000000002271313, 0.28571428570091894291, 0.22222222521353426772, 0.18181784237111642316,
                0.15386763527710472177, 0.13256668941019042207, 0.13197749118405432743);
}

/// log(x) for positive, finite x.
template <class A>
Pair<double, A> log_pair(Lanes<double, A> x) noexcept {
  using L = Lanes<double, A>;
  using P = Pair<double, A>;
  const auto [k, f] = split(x);
  const P d = exact_sum(L(2), f);
  const L s = f / d.high;
  const P sd = exact_product(s, d.high);
  const L s_low = (((f - sd.high) - sd.low) - s * d.low) / d.high;
  P z = exact_product(s, s);
  z.low = fma(s + s, s_low, z.low);
  // 2/3 + z·(2/5 + …), 2/3 in two parts.
  P w = exact_sum(L(2 / 3.0), z.high * log_pair_tail(z.high));
  w.low = w.low + L(0x1.5555555555555p-55);
  P zw = exact_product(z.high, w.high);
  zw.low = zw.low + fma(z.high, w.low, z.low * w.high);
  P szw = exact_product(s, zw.high);
  szw.low = szw.low + fma(s, zw.low, s_low * zw.high);
  const P log_f = exact_sum(s + s, szw.high);
  const P sum = exact_sum(k * L(Format<double>::ln2_high), log_f.high);
  const L low = (log_f.low + szw.low) + (s_low + s_low);
  return exact_sum(sum.high, sum.low + fma(k, L(Format<double>::ln2_low), low));
}

/// y·log(size), or (y + low)·log(size) where low is below the last place of y.
template <class A, class... Low>
Pair<double, A> times_log(Lanes<double, A> size, Lanes<double, A> y, Low... y_low) noexcept {
  using L = Lanes<double, A>;
  const Pair<double, A> log = log_pair(size);
  const L high = y * log_limits(size, log.high);
  L low = fma(y, log.low, exact_product(y, log.high).low);
  ((low = fma(y_low, log.high, low)), ...);
  return {high, low};
}

/// size^y, or size^(y + low).
template <class A, class... Low>
Lanes<double, A> pow_of_size(Lanes<double, A> size, Lanes<double, A> y, Low... y_low) noexcept {
  using L = Lanes<double, A>;
  const auto [high, low] = times_log(size, y, y_low...);
  const L power = exp(high, select(abs(high) < L(1000), low, L(0)));
  return select(size == L(1) && !is_nan(y), L(1), power);  // an infinite y, too
}

/// The sign, and the powers of negative numbers that are none.
template <class A>
Lanes<double, A> pow_signed(Lanes<double, A> x, Lanes<double, A> y, Lanes<double, A> power) noexcept {
  using L = Lanes<double, A>;
  const L half = y * L(0.5);
  const auto whole = round_to_even(y) == y, odd = whole && round_to_even(half) != half;
  const L with_sign = select(odd, with_sign_of(power, x), power);
  return select(x < L(0) && x > -infinity<L>() && !whole, nan<L>(), with_sign);
}

template <class A>
Lanes<double, A> pow(Lanes<double, A> x, Lanes<double, A> y) noexcept {
  using L = Lanes<double, A>;
  const auto square = y == L(2), same = y == L(1), one = y == L(0), inverse = y == L(-1), root = y == L(0.5);
  if (all(square)) return x * x;
  L power = x;
  if (!all(square || same || one || inverse || root)) power = pow_signed(x, y, pow_of_size(abs(x), y));
  power = select(square, x * x, select(same, x, select(inverse, L(1) / x, power)));
  power = select(root, select(x == -infinity<L>(), -x, abs(sqrt(x))), power);
  return select(one || x == L(1), L(1), power);
}

template <class A>
Lanes<float, A> pow(Lanes<float, A> x, Lanes<float, A> y) noexcept {
  if (all(y == Lanes<float, A>(2))) return x * x;
  const Halves<A> wide_x = widen(x), wide_y = widen(y);
  return narrow(Halves<A>{pow(wide_x.low, wide_y.low), pow(wide_x.high, wide_y.high)});
}

/// dy · factor · power, where power is x^(y + low). Where a product of two of them is no normal number, but that of all
/// three may be one, exponents are added apart, so that only the last step rounds to a denormal number or overflows. The
/// factor is given in both ways; `finite` says where it is a number, though it may be too large for one lane.
template <class A>
Lanes<double, A> times_power(Lanes<double, A> dy, Lanes<double, A> factor, Scaled<double, A> of_factor,
                             Mask<double, A> finite, Lanes<double, A> power, Lanes<double, A> x, Lanes<double, A> y,
                             Lanes<double, A> low) noexcept {
  using L = Lanes<double, A>;
  constexpr double most = 6000, exponents = 2200;
  const L both = dy * factor, product = both * power;
  const auto beyond = is_beyond(power) || (is_beyond(both) && finite);
  const auto worth = beyond && dy != L(0) && factor != L(0) && !is_nan(power);
  if (!any(worth)) return product;
  const Pair<double, A> log = times_log(abs(x), y, low);
  const L high = select(y == L(0) || abs(x) == L(1), L(0), log.high);
  const auto e = reduce_exp(within(high, -most, most), select(abs(high) < L(most) && high != L(0), log.low, L(0)));
  const Scaled<double, A> of_dy = scaled(dy);
  const L m = (of_dy.m * of_factor.m * (e.p + L(1))) ^ sign_bit(power);
  const L size = times_scaled(L(1), m, within(of_dy.k + of_factor.k + e.k, -exponents, exponents));
  return select(worth, size, product);
}

/// dy times x^(y − k) and the first factors of y · (y − 1) ⋯: with k of them that is dy times the derivative of x^y of order
/// k by x, 0 where they make 0. What rounding takes from y − k, low, is not left out: x^low is many units in the last place
/// where x is large or small. It is called, since it is long, and the calls are few beside what it takes.
template <class A>
__attribute__((noinline)) Lanes<double, A> times_pow_derivative_of_any(Lanes<double, A> dy, Lanes<double, A> x,
                                                                       Lanes<double, A> y, int order,
                                                                       int factors) noexcept {
  using L = Lanes<double, A>;
  L factor(1);
  Scaled<double, A> of_factor{L(1), L(0)};
  for (int i = 0; i < factors; ++i) {
    const Scaled<double, A> next = scaled(y - L(i));
    factor = factor * (y - L(i));
    of_factor = {of_factor.m * next.m, of_factor.k + next.k};
  }
  const L k(order), rest = y - k, of_k = y - rest;
  const L low = select(abs(rest) < infinity<L>(), (y - (rest + of_k)) + (of_k - k), L(0));  // Knuth's sum
  const auto exact = low == L(0);
  L power = x;
  if (any(exact)) power = pow(x, rest);
  if (!all(exact)) {
    L size = pow_of_size(abs(x), rest, low);
    if (order % 2 != 0) size = select(abs(rest) < L(0x1p53), size, size ^ sign_bit(x));  // beyond, y is even
    power = select(exact, power, pow_signed(x, y, size));
  }
  return select(factor == L(0), L(0), times_power(dy, factor, of_factor, abs(y) < infinity<L>(), power, x, rest, low));
}

/// The same, rounded to float once.
template <class A>
Lanes<float, A> times_pow_derivative_of_any(Lanes<float, A> dy, Lanes<float, A> x, Lanes<float, A> y, int order,
                                            int factors) noexcept {
  const Halves<A> wide_dy = widen(dy), wide_x = widen(x), wide_y = widen(y);
  return narrow(Halves<A>{times_pow_derivative_of_any(wide_dy.low, wide_x.low, wide_y.low, order, factors),
                          times_pow_derivative_of_any(wide_dy.high, wide_x.high, wide_y.high, order, factors)});
}

/// The same, quick where a square or a cube is derived.
template <class T, class A>
Lanes<T, A> times_pow_derivative(Lanes<T, A> dy, Lanes<T, A> x, Lanes<T, A> y, int order) noexcept {
  using L = Lanes<T, A>;
  if (order != 1) return times_pow_derivative_of_any(dy, x, y, order, order);
  const auto is_square = y == L(2), is_cube = y == L(3);
  const L square = x * x, slope = L(3) * square;
  const L of_cube = select(is_beyond(square) || is_beyond(slope), L(3) * (dy * x) * x, dy * slope);
  const L quick = select(is_square, times_twice(dy, x), of_cube);
  if (all(is_square || is_cube)) return quick;
  return select(is_square || is_cube, quick, times_pow_derivative_of_any(dy, x, y, order, order));
}

/// dy times the derivative of x^y by y: x^y · log(x), but 0 where x is 0 and y is not negative: there it stands for its
/// limit.
template <class A>
__attribute__((noinline)) Lanes<double, A> times_pow_log(Lanes<double, A> dy, Lanes<double, A> x,
                                                         Lanes<double, A> y) noexcept {
  using L = Lanes<double, A>;
  const L factor = select(x == L(0) && y >= L(0), L(0), log(x));
  constexpr double largest = std::numeric_limits<double>::max();
  const L bounded = select(abs(y) < infinity<L>(), within(factor, -largest, largest), factor);  // the power decides
  const L result = times_power(dy, factor, scaled(bounded), abs(factor) < infinity<L>(), pow(x, y), x, y, L(0));
  return select(factor == L(0), L(0), result);
}
template <class A>
Lanes<float, A> times_pow_log(Lanes<float, A> dy, Lanes<float, A> x, Lanes<float, A> y) noexcept {
  const Halves<A> wide_dy = widen(dy), wide_x = widen(x), wide_y = widen(y);
  return narrow(Halves<A>{times_pow_log(wide_dy.low, wide_x.low, wide_y.low),
                          times_pow_log(wide_dy.high, wide_x.high, wide_y.high)});
}

}  // namespace capstan::kernels
