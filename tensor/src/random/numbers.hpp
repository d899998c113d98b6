// Conversions of random words to numbers. Every function here is compiled into its caller, so that none compiled for a
// wide processor is left for others to call, and gives the same bits wherever that is: no operation is rounded
// differently with other instructions, as long as products and sums are not contracted (-ffp-contract=off).
#pragma once

#include <bit>
#include <cstdint>

namespace capstan {

/// In [0, 1), from the upper 27 and 26 bits of two words. The other 32 bits of a and b may be anything.
[[gnu::always_inline]] inline double uniform_of(std::uint64_t a, std::uint64_t b) noexcept {
  // Bits put below the leading one of 2^25 and of 1/2 count in steps of 2^−27 and of 2^−53.
  const std::uint64_t high = (a & 0xFFFFFFFF) >> 5 | std::bit_cast<std::uint64_t>(0x1p25);
  const std::uint64_t low = (b & 0xFFFFFFFF) >> 6 | std::bit_cast<std::uint64_t>(0.5);
  return (std::bit_cast<double>(high) - 0x1p25) + (std::bit_cast<double>(low) - 0.5);
}

/// log(x) for 0 < x ≤ 1, normal; error ≤ 1 ulp. x = 2^k·(1 + f) with 1 + f near 1, and log(1 + f) from s = f/(2 + f),
/// whose series is short (Cody and Waite, Software Manual for the Elementary Functions, 1980).
[[gnu::always_inline]] inline double log_of_fraction(double x) noexcept {
  constexpr std::uint64_t root_half = std::bit_cast<std::uint64_t>(0x1.6a09e667f3bcdp-1), mantissa = 0xFFFFFFFFFFFFF;
  constexpr std::uint64_t bias = std::uint64_t{1024} << 52;  // keeps the exponent from becoming negative
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x), shifted = bits - root_half + bias;
  const double k = std::bit_cast<double>(shifted >> 52 | std::bit_cast<std::uint64_t>(0x1p52)) - (0x1p52 + 1024.0);
  const double f = std::bit_cast<double>((shifted & mantissa) + root_half) - 1.0;
  const double s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f;
  // (log(1+f) − 2s)/s with the least largest error (Remez's algorithm), 2^−58.
  double tail = 0.14797507797015102061;
  tail = tail * z + 0.15313903235805482079;
  tail = tail * z + 0.18183569740334425557;
  tail = tail * z + 0.22222198475973498737;
  tail = tail * z + 0.28571428743262838381;
  tail = tail * z + 0.39999999999411091419;
  tail = tail * z + 0.66666666666667348957;
  const double small = s * (half_square + tail * z) + k * 0x1.a39ef35793c76p-33;  // ln 2 in two parts
  return k * 0x1.62e42feep-1 - ((half_square - small) - f);
}

struct SineCosine {
  double sine, cosine;
};

/// Cosine and sine of 2π·turns, for 0 ≤ turns < 1; error ≤ 2^−52 of the circle's radius.
[[gnu::always_inline]] inline SineCosine sine_cosine_of_turns(double turns) noexcept {
  constexpr double round = 0x1.8p52;  // its last bit counts ones
  const double quarters = 4.0 * turns, shifted = quarters + round;
  const double x = (quarters - (shifted - round)) * 0x1.921fb54442d18p+0, z = x * x;  // |x| ≤ π/4
  // (sin(x) − x)/x³ and (cos(x) − 1 + z/2)/z² with the least largest error (Remez's algorithm), 2^−58.
  double s = 1.5896666500433505828e-10, c = -1.1359559325637500188e-11;
  s = s * z + -2.5050755961270583058e-8;
  c = c * z + 2.0875721623569165755e-9;
  s = s * z + 2.7557313678664725418e-6;
  c = c * z + -2.7557314340657806253e-7;
  s = s * z + -0.00019841269829771162674;
  c = c * z + 0.000024801587289443473009;
  s = s * z + 0.0083333333333223699686;
  c = c * z + -0.0013888888888874064868;
  s = s * z + -0.1666666666666663186;
  c = c * z + 0.041666666666666599153;
  const auto sine = std::bit_cast<std::uint64_t>(x + (z * x) * s);
  const auto cosine = std::bit_cast<std::uint64_t>(1.0 - (0.5 * z - (z * z) * c));
  // An odd number of quarter turns exchanges the two; signs change in the lower and in the left half of the circle.
  const auto quadrant = std::bit_cast<std::uint64_t>(shifted);
  const std::uint64_t exchange = (sine ^ cosine) & (0 - (quadrant & 1));
  return {std::bit_cast<double>((sine ^ exchange) ^ ((quadrant & 2) << 62)),
          std::bit_cast<double>((cosine ^ exchange) ^ (((quadrant + 1) & 2) << 62))};
}

struct NormalPair {
  double first, second;
};

/// Two independent normal numbers from two uniform ones (Box and Muller, Annals of Mathematical Statistics 29, 1958).
[[gnu::always_inline]] inline NormalPair normal_pair(double u, double v) noexcept {
  const double radius = __builtin_sqrt(-2.0 * log_of_fraction(1.0 - u));  // 1 − u is exact, and in (0, 1]
  const auto [sine, cosine] = sine_cosine_of_turns(v);
  return {radius * cosine, radius * sine};
}

}  // namespace capstan
