// The error function and the tails of the normal distribution. For t ≥ 0, (1 + 2t)·exp(t²)·erfc(t) lies between 1 and
// 1.3; as a function of u = (t − K)/(t + K) it is smooth on all of [−1, 1], and a short Chebyshev series gives it
// (Shepherd and Laframboise, Math. Comp. 36, 1981).
#pragma once

#include "kernels/math_exp.hpp"

namespace capstan::kernels {

/// (1 + 1.5s)·exp(s²/2)·Q(s) for s ≥ 0, to 2^−26 in float (K = 4.5) and 2^−57 in double (K = 5).
template <class A>
Lanes<float, A> scaled_tail(Lanes<float, A> s) noexcept {
  using L = Lanes<float, A>;
  const L u = (s - L(4.5)) / (s + L(4.5));
  return series(u, 0.657226295261238, -0.0637135537279551, -0.0246088158208024, 0.0672499682286354, -0.0658110912491258,
                0.0419971186949599, -0.018027703010085, 0.0041938414764946, 0.000377324844126001, -0.000562547373466127,
                5.07061969783857e-05, 4.1883941208307e-05);
}
template <class A>
Lanes<double, A> scaled_tail(Lanes<double, A> s) noexcept {
  using L = Lanes<double, A>;
  const L u = (s - L(5)) / (s + L(5));
  return series(u, 0.653814092287553512891, -0.065599645119007569427, -0.011488853304056534986,
                0.0554454672099079208305, -0.0635292405915253978739, 0.0485123951093617630362,
                -0.0272513083794909073256, 0.0109724231800211412137, -0.00262388388143257248153,
                -0.0000554510252565194902935, 0.000303714934355934675199, -0.0000808920283210948851081,
                -0.0000181662654488203199602, 0.0000142247949178133855927, 2.31796871851533513298e-7,
                -0.00000208291113886071973107, 1.53617530102600701964e-7, 3.14130480130574571389e-7,
                -3.42879719563059711196e-8, -4.94294226100627550679e-8, 4.73509611033478368855e-9,
                6.99296239623140061682e-9, -3.60406817432139584955e-10, -6.0343000839022105364e-10);
}

/// Q(s), the upper tail of the standard normal distribution, for s ≥ 0; given s²/2.
template <class T, class A>
Lanes<T, A> normal_tail(Lanes<T, A> s, Pair<T, A> half_square) noexcept {
  using L = Lanes<T, A>;
  return exp(-half_square.high, -half_square.low) * (scaled_tail(s) / fma(L(1.5), s, L(1)));
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
  const L tail = normal_tail(t * L(0x1.6a09e667f3bcdp+0), exact_product(t, t));
  return select(t < L(1), fma(x, erf_tail(t * t), x), with_sign_of(L(1) - (tail + tail), x));
}

/// x·Φ(x), Φ(x) = 1 − Q(x).
template <class T, class A>
Lanes<T, A> gelu(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  const L s = within(abs(x), 0, 40);  // the tail is 0 beyond
  Pair<T, A> square = exact_product(s, s);
  square = {square.high * L(0.5), square.low * L(0.5)};
  const L p = s * L(0x1.6a09e667f3bcdp-2);  // Q(s) = 1/2 − erf(s/√2)/2
  const L near = L(0.5) - fma(p, erf_tail(square.high), p);
  const L tail = select(s < L(0.75), near, normal_tail(s, square));
  return select(x > L(40), x, select(x < L(0), -(s * tail), fma(-x, tail, x)));
}

}  // namespace capstan::kernels
