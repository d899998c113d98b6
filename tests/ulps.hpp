// Errors in units in the last place: what the tests of the kernels' accuracy share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace capstan {

using Real = long double;  ///< what the exact values are computed in

struct Range {
  double low;
  double high;
};

inline constexpr double rounded = 0.5;  ///< as near as the format allows
inline constexpr double wrong = 1e9;

/// The unit in the last place of x as T holds it.
template <class T>
Real last_place(T x) {
  using Limits = std::numeric_limits<T>;
  const int exponent = x == 0 ? Limits::min_exponent - 1 : std::max(std::ilogb(x), Limits::min_exponent - 1);
  return std::ldexp(Real{1}, exponent - (Limits::digits - 1));
}

/// The distance of the exact value in a unit; where only one is NaN or infinite, it is wrong altogether.
template <class T>
double distance(T got, Real exact, Real unit) {
  const T nearest = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(nearest)) return std::isnan(got) && std::isnan(nearest) ? 0 : wrong;
  if (std::isinf(got) || std::isinf(nearest)) return got == nearest ? 0 : wrong;
  return static_cast<double>(std::abs(got - exact) / unit);
}

/// The distance in units in the last place of the exact value as T would hold it; of another sign it is wrong altogether.
template <class T>
double ulps(T got, Real exact) {
  const T nearest = static_cast<T>(exact);
  if (!std::isnan(nearest) && !std::isnan(got) && std::signbit(got) != std::signbit(nearest)) return wrong;
  return distance(got, exact, std::isfinite(nearest) ? last_place(nearest) : Real{1});
}

/// Numbers at the ends of the format, of either sign.
template <class T>
std::vector<T> ends() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x;
  for (const T end : {T(0), T(1), Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity(),
                      Limits::quiet_NaN(), Limits::epsilon()}) {
    x.push_back(end);
    x.push_back(-end);
  }
  return x;
}

struct Errors {
  double worst = 0;
  double mean = 0;
  double large = 0;       ///< the share of errors above 2 ulp
  std::size_t where = 0;  ///< the worst
};

/// Of errors that are `error(i)` for i < n.
template <class F>
Errors errors_of(std::size_t n, const F& error) {
  Errors e;
  for (std::size_t i = 0; i < n; ++i) {
    const double here = error(i);
    if (here > e.worst) e.where = i;
    e.worst = std::max(e.worst, here);
    e.mean += here / static_cast<double>(n);
    if (here > 2) e.large += 1 / static_cast<double>(n);
  }
  return e;
}

template <class T>
Errors errors(const std::vector<T>& y, const std::vector<Real>& exact) {
  return errors_of(y.size(), [&](std::size_t i) { return ulps(y[i], exact[i]); });
}

}  // namespace capstan
