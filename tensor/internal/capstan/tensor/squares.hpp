// Squares: sums of squares that neither overflow nor vanish, wherever numbers are squared. The plain sum is computed
// first. Only if it may be wrong are the numbers scaled by a power of two, which is exact, and summed again.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace capstan {

/// True if a plain sum, or mean, of squares in T is accurate: nothing has overflowed, and the rounding of denormal
/// squares is negligible.
template <class T>
constexpr bool squares_are_right(T sum) noexcept {
  constexpr T smallest =
      std::numeric_limits<T>::min() / (std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
  return sum >= smallest && sum <= std::numeric_limits<T>::max();
}

/// The power of two by which the largest of some magnitudes comes near 1; 1 if the largest is 0 or not finite.
inline double square_scale(double largest) noexcept {
  if (!(largest > 0.0) || std::isinf(largest)) return 1.0;
  return std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1022, 1022));
}

}  // namespace capstan
