// Softmax along elements that lie side by side: a register holds neighbouring elements of one group.
#pragma once

#include "softmax/parts.hpp"

namespace capstan::kernels {

template <class T, class A>
struct SoftmaxRow {
  using V = Lanes<T, A>;
  static constexpr std::int64_t width = V::width;

  static void softmax(std::int64_t n, const T* x, T* y) noexcept {
    const V top = largest(n, x);
    const V total = sum(n, [&](std::int64_t i) {
      const V e = exp(below(load(x, n, i), top));
      store(e, y, n, i);
      return e;
    });
    for (std::int64_t i = 0; i < n; i += width) store(load(y, n, i) / total, y, n, i);
  }

  static void log_softmax(std::int64_t n, const T* x, T* y) noexcept {
    const V top = largest(n, x);
    const V log_total = log(sum(n, [&](std::int64_t i) { return exp(below(load(x, n, i), top)); }));
    for (std::int64_t i = 0; i < n; i += width) store(below(load(x, n, i), top) - log_total, y, n, i);
  }

  static T log_sum_exp(std::int64_t n, const T* x) noexcept {
    const V top = largest(n, x);
    return first(top + log(sum(n, [&](std::int64_t i) { return exp(below(load(x, n, i), top)); })));
  }

  static void gradient(std::int64_t n, const T* y, const T* dy, T* dx) noexcept {
    const V quarter = sum(n, [&](std::int64_t i) { return quarter_of_mean(load(dy, n, i), load(y, n, i)); });
    for (std::int64_t i = 0; i < n; i += width) store(times_distance(load(y, n, i), load(dy, n, i), quarter), dx, n, i);
  }

 private:
  static V load(const T* x, std::int64_t n, std::int64_t i) noexcept {
    return n - i >= width ? V::load(x + i) : load_first<V>(x + i, n - i);
  }
  static void store(V value, T* y, std::int64_t n, std::int64_t i) noexcept {
    if (n - i >= width) {
      value.store(y + i);
    } else {
      store_first(value, y + i, n - i);
    }
  }

  /// `value` in the lanes that hold elements from i on, `other` in those beyond the end.
  static V within_row(V value, V other, std::int64_t n, std::int64_t i) noexcept {
    return n - i >= width ? value : select(V::load(lane_numbers) < V(n - i), value, other);
  }

  /// In every lane: the largest element; −inf where there is none.
  static V largest(std::int64_t n, const T* x) noexcept {
    V top = -infinity<V>();
    for (std::int64_t i = 0; i < n; i += width) top = larger(within_row(load(x, n, i), top, n, i), top);
    return across<LargerLanes<A>>(top);
  }

  /// In every lane: the sum of f over the elements.
  template <class F>
  static V sum(std::int64_t n, F f) noexcept {
    const V lanes = sum_rows<V>((n + width - 1) / width,
                                [&](std::int64_t k) { return within_row(f(k * width), V(0), n, k * width); });
    return across<FoldSum<A>>(lanes);
  }

  static constexpr T lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
};

}  // namespace capstan::kernels
