// Whole numbers: floor, ceil, and the quotient rounded down.
#pragma once

#include "lanes/parts.hpp"
#include "math/basic.hpp"

namespace capstan::kernels {

template <class T, class A>
Lanes<T, A> floor(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L r = round_to_even(x);
  return select(r > x, r - L(1), r);
}

template <class T, class A>
Lanes<T, A> ceil(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L r = round_to_even(x);
  return select(r < x, with_sign_of(abs(r + L(1)), x), r);  // −0.3 gives −0
}

/// ⌊a/b⌋ of the exact quotient. b = 0 gives a/b; an infinite a gives NaN (so do NumPy and Python).
template <class A>
Lanes<double, A> floor_divide(Lanes<double, A> a, Lanes<double, A> b) noexcept {
  using L = Lanes<double, A>;
  const L quotient = a / b, q = floor(quotient);
  // Where rounding brought the quotient up to a whole number, or to −0, the remainder has not b's sign.
  const Pair<double, A> product = exact_product(q, b);
  const L rest = select(q == L(0), a, (a - product.high) - product.low);
  const L down = select((rest < L(0) && b > L(0)) || (rest > L(0) && b < L(0)), q - L(1), q);
  const L y = select(abs(a) == infinity<L>(), nan<L>(), down);
  return select(b == L(0), quotient, y);
}

template <class A>
Lanes<float, A> floor_divide(Lanes<float, A> a, Lanes<float, A> b) noexcept {
  const Halves<A> wide_a = widen(a), wide_b = widen(b);
  return narrow(Halves<A>{floor_divide(wide_a.low, wide_b.low), floor_divide(wide_a.high, wide_b.high)});
}

/// In whole numbers: b = 0 gives 0; what does not fit wraps around.
template <class A>
Lanes<std::int32_t, A> floor_divide(Lanes<std::int32_t, A> a, Lanes<std::int32_t, A> b) noexcept {
  using L = Lanes<std::int32_t, A>;
  std::int32_t x[static_cast<std::size_t>(L::width)], y[static_cast<std::size_t>(L::width)];
  a.store(x);
  b.store(y);
  for (std::int64_t i = 0; i < L::width; ++i) {
    const std::int64_t n = x[i], d = y[i] == 0 ? 1 : y[i], q = n / d;
    x[i] = y[i] == 0 ? 0 : static_cast<std::int32_t>(q - (q * d != n && (n < 0) != (d < 0) ? 1 : 0));
  }
  return L::load(x);
}

}  // namespace capstan::kernels
