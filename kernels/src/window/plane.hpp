// Planes: a kernel of 3 × 3 or 5 × 5 taps over one channel. What is read of a row serves all rows of the result that it meets.
#pragma once

#include <cstdint>

#include "product/basics.hpp"
#include "window/kernels.hpp"

namespace capstan::kernels {

template <class Target, class T>
class WindowPlanes {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  static void run(const WindowPlane<T>& p) {
    if (p.taps == 3) return plane<3>(p);
    plane<5>(p);
  }

 private:
  using Batch = typename Target::template Batch<T>;
  static constexpr int rows_at_once = 4;

  template <int Taps>
  static void plane(const WindowPlane<T>& p) {
    std::int64_t row = 0;
    for (; row + rows_at_once <= p.rows; row += rows_at_once) rows<Taps, rows_at_once>(p, row);
    for (; row < p.rows; ++row) rows<Taps, 1>(p, row);
  }

  template <int Taps, int Rows>
  static void rows(const WindowPlane<T>& p, std::int64_t row) {
    const T* from[Rows + Taps - 1];
    for (int i = 0; i < Rows + Taps - 1; ++i) {
      const std::int64_t at = row + i - p.before;
      from[i] = at >= 0 && at < p.rows_in ? p.x + at * p.x_row : p.zeros;
    }
    for (std::int64_t q = 0; q < p.columns; q += 2 * lanes) {
      const std::int64_t left = p.columns - q;
      T* const to = p.y + row * p.columns + q;
      if (left > lanes) {
        tile<Taps, Rows, 2>(p, from, q, left < 2 * lanes ? left - lanes : lanes, to);
      } else {
        tile<Taps, Rows, 1>(p, from, q, left, to);
      }
    }
  }

  template <int Taps, int Rows, int Vectors>
  static __attribute__((always_inline)) void tile(const WindowPlane<T>& p, const T* const* from, std::int64_t q,
                                                  std::int64_t last, T* to) {
    Batch sum[Rows * Vectors];
    repeat<Rows * Vectors>([&](auto i) { sum[i] = Batch{}; });
    repeat<Rows + Taps - 1>([&](auto i) __attribute__((always_inline)) {
      repeat<Taps>([&](auto j) __attribute__((always_inline)) {
        Batch x[Vectors];
        repeat<Vectors>([&](auto v) { x[v] = Target::load(from[i] + p.columns_at[j] + q + v * lanes); });
        repeat<Taps>([&](auto t) __attribute__((always_inline)) {
          constexpr int row = decltype(i)::value - decltype(t)::value;
          if constexpr (row >= 0 && row < Rows) {
            const Batch weight = Target::all(p.weights[t * Taps + j]);
            repeat<Vectors>([&](auto v) __attribute__((always_inline)) {
              constexpr int index = row * Vectors + decltype(v)::value;
              sum[index] = Target::multiply_add(weight, x[v], sum[index]);
            });
          }
        });
      });
    });
    const auto mask = Target::template first<T>(static_cast<int>(last));
    repeat<Rows>([&](auto r) __attribute__((always_inline)) {
      T* const y = to + r * p.columns;
      if constexpr (Vectors == 2) Target::store(y, sum[r * 2]);
      T* const end = y + (Vectors - 1) * lanes;
      if (last == lanes) {
        Target::store(end, sum[r * Vectors + Vectors - 1]);
      } else {
        Target::store_first(end, sum[r * Vectors + Vectors - 1], mask);
      }
    });
  }
};

}  // namespace capstan::kernels
