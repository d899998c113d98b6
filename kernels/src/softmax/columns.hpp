// Softmax along elements that lie apart: a register holds the same element of neighbouring groups.
#pragma once

#include <capstan/kernels/softmax/softmax.hpp>

#include "softmax/parts.hpp"

namespace capstan::kernels {

template <class T, class A, bool whole>
struct SoftmaxStrip {
  using V = Lanes<T, A>;
  using S = Strip<T, A, whole>;

  static void softmax(S strip, std::int64_t n, const T* x, T* y) noexcept {
    const V top = largest(strip, n, x);
    const V total = sum_rows<V>(n, [&](std::int64_t k) {
      const V e = exp(below(strip.load(x, k), top));
      strip.store(e, y, k);
      return e;
    });
    for (std::int64_t k = 0; k < n; ++k) strip.store(strip.load(y, k) / total, y, k);
  }

  static void log_softmax(S strip, std::int64_t n, const T* x, T* y) noexcept {
    const V top = largest(strip, n, x), log_total = log(total_below(strip, n, x, top));
    for (std::int64_t k = 0; k < n; ++k) strip.store(below(strip.load(x, k), top) - log_total, y, k);
  }

  static void log_sum_exp(S strip, std::int64_t n, const T* x, T* y) noexcept {
    const V top = largest(strip, n, x);
    strip.store(top + log(total_below(strip, n, x, top)), y, 0);
  }

  static void gradient(S strip, std::int64_t n, const T* y, const T* dy, T* dx) noexcept {
    const V quarter =
        sum_rows<V>(n, [&](std::int64_t k) { return quarter_of_mean(strip.load(dy, k), strip.load(y, k)); });
    for (std::int64_t k = 0; k < n; ++k)
      strip.store(times_distance(strip.load(y, k), strip.load(dy, k), quarter), dx, k);
  }

  /// Σ exp(x − top).
  static V total_below(S strip, std::int64_t n, const T* x, V top) noexcept {
    return sum_rows<V>(n, [&](std::int64_t k) { return exp(below(strip.load(x, k), top)); });
  }
};

/// Calls f(Strip, first column) for all columns of a slice.
template <class T, class A, class F>
void for_strips(const Groups& g, F f) noexcept {
  constexpr std::int64_t width = Lanes<T, A>::width;
  std::int64_t c = 0;
  for (; c + width <= g.inner; c += width) f(Strip<T, A, true>{width, g.step}, c);
  if (c < g.inner) f(Strip<T, A, false>{g.inner - c, g.step}, c);
}

}  // namespace capstan::kernels
