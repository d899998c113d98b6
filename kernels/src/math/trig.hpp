// Sine and cosine. x = q·π/2 + r with π/2 in four parts, so that nothing is lost however near x is to a multiple of π/2
// (Cody and Waite, Software Manual for the Elementary Functions, 1980); floats are computed as doubles. Beyond a
// million quarter turns the C library computes the lanes concerned, one by one.
#pragma once

#include <math.h>

#include "lanes/parts.hpp"
#include "math/basic.hpp"

namespace capstan::kernels {

/// What a quarter turn more or less does: sin(x) = ±sin(r) or ±cos(r).
template <class A>
Lanes<double, A> sine_of(Lanes<double, A> r, Lanes<double, A> quarters) noexcept {
  using L = Lanes<double, A>;
  using B = typename L::BitLanes;
  const L z = r * r;
  // (sin(r) − r)/r³ and (cos(r) − 1 + z/2)/z² for |r| ≤ π/4 with the least largest error (Remez's algorithm), 2^−58.
  const L s = series(z, -0.1666666666666663186, 0.0083333333333223699686, -0.00019841269829771162674,
                     2.7557313678664725418e-6, -2.5050755961270583058e-8, 1.5896666500433505828e-10);
  const L c = series(z, 0.041666666666666599153, -0.0013888888888874064868, 0.000024801587289443473009,
                     -2.7557314340657806253e-7, 2.0875721623569165755e-9, -1.1359559325637500188e-11);
  const L half = L(0.5) * z, w = L(1) - half;
  const L sine = fma(z * r, s, r), cosine = w + fma(z * z, c, (L(1) - w) - half);
  const B quadrant = bits_of(quarters + L(Format<double>::round));  // in its low bits
  const L odd = from_bits<double, A>((quadrant & B(1u)) << 63 | bits_of(L(1)));
  const L negative = from_bits<double, A>((quadrant & B(2u)) << 62);
  return select(odd < L(0), cosine, sine) ^ negative;
}

template <class A>
Lanes<double, A> reduce_turns(Lanes<double, A> x, Lanes<double, A> quarters) noexcept {
  using L = Lanes<double, A>;
  const L r = fma(-quarters, L(0x1.0b4611a6p-34), fma(-quarters, L(0x1.921fb544p+0), x));
  return fma(-quarters, L(0x1.b839a252049c1p-104), fma(-quarters, L(0x1.3198a2ep-69), r));
}

/// y, but f(x) by the C library where |x| is beyond the limit.
template <class A>
Lanes<double, A> far_lanes(Lanes<double, A> x, Lanes<double, A> y, double (*f)(double)) noexcept {
  using L = Lanes<double, A>;
  const L limit(1.6e6), size = abs(x);  // a product of quarters and a part of π/2 is exact below
  if (!any(size > limit && size < infinity<L>())) return y;
  double from[static_cast<std::size_t>(L::width)], to[static_cast<std::size_t>(L::width)];
  x.store(from);
  y.store(to);
  for (std::int64_t i = 0; i < L::width; ++i)
    if (__builtin_fabs(from[i]) > 1.6e6) to[i] = f(from[i]);
  return L::load(to);
}

template <class A>
Lanes<double, A> sin(Lanes<double, A> x) noexcept {
  using L = Lanes<double, A>;
  const L quarters = nearest(x * L(0x1.45f306dc9c883p-1));  // 2/π
  const L y = sine_of(reduce_turns(x, quarters), quarters);
  return far_lanes(x, select(x == L(0), x, y), ::sin);
}

template <class A>
Lanes<double, A> cos(Lanes<double, A> x) noexcept {
  using L = Lanes<double, A>;
  const L quarters = nearest(x * L(0x1.45f306dc9c883p-1));
  return far_lanes(x, sine_of(reduce_turns(x, quarters), quarters + L(1)), ::cos);
}

template <class A>
Lanes<float, A> sin(Lanes<float, A> x) noexcept {
  const Halves<A> wide = widen(x);
  return narrow(Halves<A>{sin(wide.low), sin(wide.high)});
}

template <class A>
Lanes<float, A> cos(Lanes<float, A> x) noexcept {
  const Halves<A> wide = widen(x);
  return narrow(Halves<A>{cos(wide.low), cos(wide.high)});
}

}  // namespace capstan::kernels
