// What the loops of softmax are made of, compiled once for each instruction set.
#pragma once

#include "lanes/across.hpp"
#include "lanes/parts.hpp"
#include "math/exp.hpp"
#include "math/log.hpp"

namespace capstan::kernels {

/// So many sums are added one after the other before their total joins that of the others, for the sake of rounding.
constexpr std::int64_t sum_block = 32;

/// The larger one. Where either is NaN it may be either: a NaN shows again in the differences from the largest.
template <class T, class A>
Lanes<T, A> larger(Lanes<T, A> x, Lanes<T, A> top) noexcept {
  return xsimd::max(x.v, top.v);
}

/// x − top, and 0 where they are equal, infinities included.
template <class T, class A>
Lanes<T, A> below(Lanes<T, A> x, Lanes<T, A> top) noexcept {
  return select(x == top, Lanes<T, A>(0), x - top);
}

/// What an element adds to a quarter of the mean Σ dy · y; 0 where dy is 0.
template <class V>
V quarter_of_mean(V dy, V y) noexcept {
  return unless_zero(dy, V(0.25) * dy * y);
}

/// y · (dy − mean), where a quarter of the mean is given: the mean and the difference may overflow though the product
/// does not, a quarter of them does not.
template <class V>
V times_distance(V y, V dy, V quarter_mean) noexcept {
  return chain(fma(dy, V(0.25), -quarter_mean), V(4) * y);
}

template <class A>
struct LargerLanes {
  template <class V>
  static V two(V a, V b) noexcept {
    return larger(a, b);
  }
};

/// As many neighbouring columns as a register has lanes (whole), or the last few of them.
template <class T, class A, bool whole>
struct Strip {
  using V = Lanes<T, A>;

  std::int64_t count;  ///< of columns, where not whole
  std::int64_t step;   ///< from one row to the next

  V load(const T* x, std::int64_t row) const noexcept {
    if constexpr (whole) {
      return V::load(x + row * step);
    } else {
      return load_first<V>(x + row * step, count);
    }
  }
  void store(V value, T* y, std::int64_t row) const noexcept {
    if constexpr (whole) {
      value.store(y + row * step);
    } else {
      store_first(value, y + row * step, count);
    }
  }
};

/// The sum over rows of f(row).
template <class V, class F>
V sum_rows(std::int64_t rows, F f) noexcept {
  V total(0);
  for (std::int64_t begin = 0; begin < rows; begin += sum_block) {
    const std::int64_t end = rows - begin < sum_block ? rows : begin + sum_block;
    V sum(0);
    for (std::int64_t row = begin; row < end; ++row) sum = sum + f(row);
    total = total + sum;
  }
  return total;
}

/// The largest of each column; −inf where there are no rows.
template <class T, class A, bool whole>
Lanes<T, A> largest(Strip<T, A, whole> strip, std::int64_t rows, const T* x) noexcept {
  Lanes<T, A> top = -infinity<Lanes<T, A>>();
  for (std::int64_t row = 0; row < rows; ++row) top = larger(strip.load(x, row), top);
  return top;
}

}  // namespace capstan::kernels
