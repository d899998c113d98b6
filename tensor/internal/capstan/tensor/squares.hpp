// Squares: how sums of squares are kept from overflowing and from vanishing, wherever numbers are squared. The plain sum is
// taken first; only where it may be wrong are the numbers scaled by a power of two, which rounds nothing, and summed again.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace capstan {

/// Whether a sum, or a mean, of squares in T is right as it is: nothing has overflowed, and what was rounded among the
/// smallest numbers does not count beside it.
template <class T>
constexpr bool squares_are_right(T sum) noexcept {
  constexpr T smallest =
      std::numeric_limits<T>::min() / (std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
  return sum >= smallest && sum <= std::numeric_limits<T>::max();
}

/// The power of two that brings the largest of some sizes near to 1; 1 where it is 0 or not finite.
inline double square_scale(double largest) noexcept {
  if (!(largest > 0.0) || std::isinf(largest)) return 1.0;
  return std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1022, 1022));
}

}  // namespace capstan
