// eˣ and what follows from it: expm1, tanh, sigmoid, silu. The argument is reduced to x = k·ln(2) + r with a constant in two
// parts (Cody and Waite, Software Manual for the Elementary Functions, 1980), a polynomial gives e^r, and k goes into
// the exponent.
#pragma once

#include "math/basic.hpp"

namespace capstan::kernels {

/// (e^r − 1 − r)/r² for |r| ≤ ln(2)/2: the polynomial of that degree with the least largest error relative to e^r − 1
/// (Remez's algorithm), 2^−26 in float and 2^−61 in double.
template <class A>
Lanes<float, A> exp_tail(Lanes<float, A> r) noexcept {
  return series(r, 0.500000006209, 0.16666542794, 0.0416662813991, 0.00836661058795, 0.00139464969812);
}
template <class A>
Lanes<double, A> exp_tail(Lanes<double, A> r) noexcept {
  return series(r, 0.49999999999999999986, 0.16666666666666676639, 0.041666666666666701509, 0.0083333333333215781806,
                0.0013888888888866765823, 0.00019841269886266588113, 0.000024801587360699274127,
                2.7557244061560598574e-6, 2.7557242636692644968e-7, 2.5109090540344822999e-8, 2.0924481503815871345e-9);
}

/// x (+ low) = k·ln(2) + r with |r| ≤ ln(2)/2, and p = e^r − 1.
template <class T, class A>
struct ReducedExp {
  Lanes<T, A> k, p;
};
template <class T, class A, class... Low>
ReducedExp<T, A> reduce_exp(Lanes<T, A> x, Low... low) noexcept {
  using L = Lanes<T, A>;
  const L k = nearest(x * L(0x1.71547652b82fep+0));  // 1/ln(2)
  const L above = fma(-k, L(Format<T>::ln2_high), x);
  L r;
  if constexpr (sizeof...(low) == 0) {
    r = fma(-k, L(Format<T>::ln2_low), above);
  } else {
    r = above + fma(-k, L(Format<T>::ln2_low), (low + ...));
  }
  return {k, fma(r * r, exp_tail(r), r)};
}

/// e^x, or e^(x + low) where low is small against 1.
template <class T, class A, class... Low>
Lanes<T, A> exp(Lanes<T, A> x, Low... low) noexcept {
  const auto e = reduce_exp(within(x, Format<T>::exp_low, Format<T>::exp_high), low...);
  return scale(e.p + Lanes<T, A>(1), e.k);
}

/// e^x − 1 without cancellation near 0.
template <class T, class A>
Lanes<T, A> expm1(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const auto e = reduce_exp(within(x, -44, Format<T>::exp_high));  // −1 is all that is left below
  // 2^k·p + (2^k − 1), at half the size so that the largest k does not overflow before its time.
  const L half = power_of_two(e.k - L(1));
  const L y = fma(half, e.p, half - L(0.5)) * L(2);
  return select(x == L(0), x, select(e.k == L(0), e.p, y));
}

/// (e^2|x| − 1)/(e^2|x| + 1) with x's sign.
template <class T, class A>
Lanes<T, A> tanh(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L size = abs(x);
  const auto e = reduce_exp(within(size + size, 0, 44));  // tanh is 1 beyond, in either type
  const L power = power_of_two(e.k);
  const L p = fma(power, e.p, power - L(1));
  return with_sign_of(p / (p + L(2)), x);
}

/// 1/(1 + e^−x), never overflowing: exactly 0 and 1 at ±inf.
template <class T, class A>
Lanes<T, A> sigmoid(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L e = exp(-abs(x));
  return select(x < L(0), e, L(1)) / (L(1) + e);
}

/// x·sigmoid(x). Only the last step may round to a denormal number.
template <class T, class A>
Lanes<T, A> silu(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L size = within(abs(x), 0, 15 - Format<T>::exp_low);  // size·e^−size is 0 beyond
  const auto e = reduce_exp(-size);
  const L part = select(x < L(0), size, x) / (scale(e.p + L(1), e.k) + L(1));
  return select(x < L(0), -scale(fma(part, e.p, part), e.k), part);
}

}  // namespace capstan::kernels
