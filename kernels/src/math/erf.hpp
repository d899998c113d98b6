// The error function and the tails of the normal distribution. For s ≥ 0, (a + b·s)·exp(s²/2)·Q(s) with b = 1.5a varies
// little; as a function of u = (s − K)/(s + K) it is smooth on all of [−1, 1], and a short polynomial gives it (after
// Shepherd and Laframboise, Math. Comp. 36, 1981). a is chosen so that it is 1 at u = 0, which saves a rounding.
#pragma once

#include "math/exp.hpp"

namespace capstan::kernels {

/// (a + b·s)·exp(s²/2)·Q(s) = 1 + x for s ≥ 0.74, with the least largest error (Remez's algorithm), 2^−27.8 in float
/// and 2^−58 in double.
template <class T, class A>
struct ScaledTail {
  Lanes<T, A> x, divisor;  ///< divisor = a + b·s
};
template <class A>
ScaledTail<float, A> scaled_tail(Lanes<float, A> s) noexcept {
  using L = Lanes<float, A>;
  const L k(0x1.bfff94p+1), u = (s - k) / (s + k);
  return {u * series(u, -0.079738481698, -0.0929023528543, 0.132235028059, -0.0826171339132, 0.0246021982226,
                     0.00159290292807, -0.0034990719069, 0.000331855671913, 0.000457297445761, -0.000128470357277),
          fma(L(0x1.20dee4p+1), s, L(0x1.81293p+0))};
}
template <class A>
ScaledTail<double, A> scaled_tail(Lanes<double, A> s) noexcept {
  using L = Lanes<double, A>;
  const L k(0x1.200000000001ep+2), u = (s - k) / (s + k);
  return {u * series(u, -0.0969431195786242095906, -0.0374427293127863880777, 0.102324476487501172479,
                     -0.100143121066771456328, 0.0638959955774857094585, -0.027392412382645636513,
                     0.00639712252677484404934, 0.000497586096280518030227, -0.000883779631910571042593,
                     0.000153004242356057351412, 0.0000880411339039494298553, -0.0000341432471817850061683,
                     -0.00000966028016562933986807, 0.00000591670907662368038827, 0.00000143061009435254489683,
                     -9.99252428033051071674e-7, -2.9062505972361680228e-7, 1.73231128073319253571e-7,
                     6.43456561017907759483e-8, -3.3396438370299773597e-8, -9.20570980058269720822e-9,
                     5.92215953219310899624e-9, -5.48940406387200510086e-10),
          fma(L(0x1.242306d4b4da5p+1), s, L(0x1.8584091b9bcdcp+0))};
}

/// factor · Q(s), Q the upper tail of the standard normal distribution, for s ≥ 0.74; given s²/2. Only the last step
/// may round to a denormal number.
template <class T, class A>
Lanes<T, A> normal_tail(Lanes<T, A> factor, Lanes<T, A> s, Pair<T, A> half_square) noexcept {
  const auto e = reduce_exp(within(-half_square.high, Format<T>::exp_low, 0), -half_square.low);
  const auto [x, divisor] = scaled_tail(s);
  const Lanes<T, A> tail = fma(factor, x, factor) / divisor;
  return scale(fma(tail, e.p, tail), e.k);
}

/// (erf(x) − x)/x for |x| ≤ 1, z = x². Least largest error (Remez's algorithm): 2^−29 and 2^−62.
template <class A>
Lanes<float, A> erf_tail(Lanes<float, A> z) noexcept {
  return series(z, 0.128379165913768470, -0.376126271360906769, 0.112836001777236582, -0.0268544446547713837,
                0.00518953546102712818, -0.000802084236461742000, 0.0000788912315666869524);
}
template <class A>
Lanes<double, A> erf_tail(Lanes<double, A> z) noexcept {
  return series(z, 0.12837916709551257377, -0.376126389031837481769, 0.112837916709548844395, -0.0268661706450778699959,
                0.0052239776248283897311, -0.00085483269814236469691, 0.000120553311329012490742,
                -0.0000149255957711754640409, 0.00000164610084659815268809, -1.63503961377499326714e-7,
                1.46603283889717969624e-8, -1.13749552623209795728e-9, 5.96068576138589623332e-11);
}

template <class T, class A>
Lanes<T, A> erf(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L t = within(abs(x), 0, 30);  // erf is 1 beyond
  const L twice = normal_tail(L(2), t * L(0x1.6a09e667f3bcdp+0), exact_product(t, t));
  return select(t < L(1), fma(x, erf_tail(t * t), x), with_sign_of(L(1) - twice, x));
}

/// x·Φ(x), Φ(x) = 1 − Q(x).
template <class T, class A>
Lanes<T, A> gelu(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L s = within(abs(x), 0, 40);  // the tail is 0 beyond
  Pair<T, A> square = exact_product(s, s);
  square = {square.high * L(0.5), square.low * L(0.5)};
  const L p = s * L(0x1.6a09e667f3bcdp-2);  // Q(s) = 1/2 − erf(s/√2)/2
  const L near = s * (L(0.5) - fma(p, erf_tail(square.high), p));
  const L below = select(s < L(0.75), near, normal_tail(s, s, square));  // s · Q(s)
  return select(x < L(0), -below, select(x > L(40), x, x - below));
}

}  // namespace capstan::kernels
