// The largest element, or the mean, of each window.
#pragma once

#include <limits>

#include "pool/rows.hpp"

namespace capstan::kernels {

/// The largest element so far and the number of its tap, in each lane; and the lanes that met NaN, which are wrong.
template <class T, class A>
struct Winner {
  Lanes<T, A> best, tap;
  Mask<T, A> is_wrong;

  [[gnu::always_inline]] void meet(Lanes<T, A> x, Lanes<T, A> number) noexcept {
    const Mask<T, A> wins = x > best;
    is_wrong = is_wrong || is_nan(x);
    best = select(wins, x, best);
    tap = select(wins, number, tap);
  }
};

template <class T, class A>
struct PoolForward {
  using V = Lanes<T, A>;
  static constexpr T lowest = -std::numeric_limits<T>::infinity();

  static void max(const PoolGeometry& g, Range rows, const T* x, T* y, T* winners) noexcept {
    const PoolAxis& columns = g.width;
    const PoolColumns<T, A> through{columns, columns.inside(), g.planes * g.in_plane(), rows.end * columns.out};
    PoolRow<A> row{g, rows.begin};
    for (std::int64_t r = rows.begin; r < rows.end; ++r, row.next()) {
      const std::int64_t begin = r * columns.out;
      const auto one = [&](std::int64_t column) {
        max_of_one(columns.window(column), row, x, y[begin + column], winners[begin + column]);
      };
      const auto several = [&]<std::int64_t stride>(std::int64_t column, std::int64_t count, bool is_whole) {
        const Winner<T, A> found = max_of_several<stride>(columns, row, x + column * columns.stride - columns.padding);
        if (any(found.is_wrong)) {
          for (std::int64_t i = column; i < column + count; ++i) one(i);
          return;
        }
        store_columns(found.best, y + begin + column, count, is_whole);
        store_columns(found.tap, winners + begin + column, count, is_whole);
      };
      through.each(begin, row.last_offset(), one, several);
    }
  }

  static void average(const PoolGeometry& g, Range rows, bool counts_padding, const T* x, T* y) noexcept {
    const PoolAxis& columns = g.width;
    const PoolColumns<T, A> through{columns, columns.inside(), g.planes * g.in_plane(), rows.end * columns.out};
    PoolRow<A> row{g, rows.begin};
    for (std::int64_t r = rows.begin; r < rows.end; ++r, row.next()) {
      const std::int64_t begin = r * columns.out;
      const V inside(static_cast<T>(row.count({0, 0, columns.kernel}, counts_padding)));
      const auto one = [&](std::int64_t column) {
        y[begin + column] = mean_of_one(columns.window(column), row, counts_padding, x);
      };
      const auto several = [&]<std::int64_t stride>(std::int64_t column, std::int64_t count, bool is_whole) {
        const V sum = sum_of_several<stride>(columns, row, x + column * columns.stride - columns.padding);
        store_columns(sum / inside, y + begin + column, count, is_whole);
      };
      through.each(begin, row.last_offset(), one, several);
    }
  }

  static void pick(const PoolGeometry& g, Range rows, const T* x, const T* winners, T* y) noexcept {
    const PoolAxis& columns = g.width;
    const TapOffsets<A> offsets{g};
    PoolRow<A> row{g, rows.begin};
    for (std::int64_t r = rows.begin; r < rows.end; ++r, row.next()) {
      const std::int64_t origin = row.origin();
      for (std::int64_t i = 0; i < columns.out; ++i) {
        const std::int64_t at = r * columns.out + i;
        y[at] = x[origin + columns.window(i).first + offsets[static_cast<std::int64_t>(winners[at])]];
      }
    }
  }

 private:
  /// Without branches: which element wins cannot be foretold.
  static void max_of_one(const PoolWindow& window, const PoolRow<A>& row, const T* x, T& y, T& winner) noexcept {
    T best = lowest;
    std::int64_t tap = row.first_tap() + window.begin - window.first;
    bool is_wrong = false;
    row.each([&](std::int64_t offset, std::int64_t number) __attribute__((always_inline)) {
      for (std::int64_t w = window.begin; w < window.end; ++w) {
        const T element = x[offset + w];
        tap = element > best ? number + w - window.first : tap;
        best = element > best ? element : best;
        is_wrong |= element != element;  // NOLINT(misc-redundant-expression): NaN alone differs from itself
      }
    });
    if (is_wrong) first_nan(window, row, x, best, tap);
    y = best;
    winner = static_cast<T>(tap);
  }

  static void first_nan(const PoolWindow& window, const PoolRow<A>& row, const T* x, T& y, std::int64_t& tap) noexcept {
    bool is_found = false;
    row.each([&](std::int64_t offset, std::int64_t number) {
      for (std::int64_t w = window.begin; w < window.end && !is_found; ++w) {
        const T element = x[offset + w];
        is_found = element != element;  // NOLINT(misc-redundant-expression): NaN alone differs from itself
        if (!is_found) continue;
        y = element;
        tap = number + w - window.first;
      }
    });
  }

  /// `x` is the first window's first column in the first row of all.
  template <std::int64_t stride>
  [[gnu::always_inline]] static Winner<T, A> max_of_several(const PoolAxis& columns, const PoolRow<A>& row,
                                                            const T* x) noexcept {
    Winner<T, A> found{V(lowest), V(static_cast<T>(row.first_tap())), V(0) != V(0)};
    row.each([&](std::int64_t offset, std::int64_t number) __attribute__((always_inline)) {
      V tap(static_cast<T>(number));
      each_tap<stride, T, A>(x + offset, columns, [&](V element) __attribute__((always_inline)) {
        found.meet(element, tap);
        tap = tap + V(1);
      });
    });
    return found;
  }

  static T mean_of_one(const PoolWindow& window, const PoolRow<A>& row, bool counts_padding, const T* x) noexcept {
    T sum{0};
    row.each([&](std::int64_t offset, std::int64_t) {
      T of_row{0};
      for (std::int64_t w = window.begin; w < window.end; ++w) of_row += x[offset + w];
      sum += of_row;
    });
    return sum / static_cast<T>(row.count(window, counts_padding));
  }

  template <std::int64_t stride>
  [[gnu::always_inline]] static V sum_of_several(const PoolAxis& columns, const PoolRow<A>& row, const T* x) noexcept {
    V sum(0);
    row.each([&](std::int64_t offset, std::int64_t) __attribute__((always_inline)) {
      V of_row(0);
      each_tap<stride, T, A>(x + offset, columns,
                             [&](V element) __attribute__((always_inline)) { of_row = of_row + element; });
      sum = sum + of_row;
    });
    return sum;
  }
};

}  // namespace capstan::kernels
