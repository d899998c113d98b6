// Products with one row or one column, y = m·x, where k is long. They are bound by reading m once, so m is read in the
// order in which it lies, along its rows or down its columns. The sums have one order all the same: as many partial sums
// as a vector has lanes, the step p of k in number p modulo lanes, added in halves at the end. Along rows these are the
// lanes of a register, down columns they are rows of scratch, or registers where m is small enough to be read in any
// order.
#pragma once

#include <cstdint>

#include "kernels/product_basics.hpp"

namespace capstan::kernels {

/// A matrix times a vector; rows and columns are m's.
template <class T>
struct VectorOperands {
  const T* m;
  std::int64_t rows, columns, row_stride, column_stride;
  const T* x;
  std::int64_t x_stride;
  T* y;
  std::int64_t y_stride;
  bool accumulate;
};

/// How much of it is taken at a time.
template <class T>
struct VectorBlocks {
  static constexpr std::int64_t rows = 8;     ///< that are added up side by side, since one addition waits for another
  static constexpr std::int64_t columns = 4;  ///< that are added to one partial sum while it is in a register
  static constexpr std::int64_t gathered = 512;           ///< elements of a row that do not lie side by side
  static constexpr std::int64_t longest = 1024;           ///< column that is taken whole
  static constexpr std::int64_t page = 4096 / sizeof(T);  ///< of a longer one, and as far as memory is asked for ahead
  static constexpr std::int64_t most_lanes = 64 / sizeof(T);
  static constexpr std::int64_t near = (1 << 16) / sizeof(T);    ///< elements of m that come at once in any order
  static constexpr std::int64_t cached = (1 << 19) / sizeof(T);  ///< elements of m that a cache may well hold

  /// Elements of scratch: for x, and for gathered rows or the partial sums of a column.
  static constexpr std::int64_t scratch(std::int64_t k) {
    constexpr std::int64_t gather = rows * gathered, sums = most_lanes * longest;
    return VectorBlocks::x(k) + (gather > sums ? gather : sums);
  }
  static constexpr std::int64_t x(std::int64_t k) { return (k + most_lanes - 1) / most_lanes * most_lanes; }
};

template <class Target, class T>
class VectorProduct {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  /// With a short k, what is left over at the ends would be most of the work.
  static bool pays(std::int64_t k) { return k >= 4 * lanes; }

  static __attribute__((noinline)) void run(const VectorOperands<T>& v, T* scratch) {
    const bool is_cached = v.rows * v.columns <= Blocks::cached;
    if (v.row_stride != 1 || v.rows == 1) {
      is_cached ? along_rows<false>(v, scratch) : along_rows<true>(v, scratch);
    } else if (v.rows * v.columns <= Blocks::near) {
      strips(v);
    } else {
      is_cached ? down_columns<false>(v, scratch) : down_columns<true>(v, scratch);
    }
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Blocks = VectorBlocks<T>;

  /// With Ahead, memory is asked for a page before it is used.
  template <bool Ahead>
  static void along_rows(const VectorOperands<T>& v, T* scratch) {
    const T* x = v.x;
    if (v.x_stride != 1) {
      for (std::int64_t p = 0; p < v.columns; ++p) scratch[p] = v.x[p * v.x_stride];
      x = scratch;
    }
    scratch += Blocks::x(v.columns);
    const Batch end = end_of(x, v.columns);
    std::int64_t i = 0;
    for (; i + Blocks::rows <= v.rows; i += Blocks::rows) rows<Blocks::rows, Ahead>(v, i, x, end, scratch);
    for (; i < v.rows; ++i) rows<1, Ahead>(v, i, x, end, scratch);
  }

  /// The elements of x that do not fill a vector. The lanes beyond them are −0: a product 0 · −0 leaves every sum as it
  /// is, even −0.
  static Batch end_of(const T* x, std::int64_t k) {
    T end[static_cast<std::size_t>(lanes)];
    const std::int64_t first = k / lanes * lanes;
    for (std::int64_t q = 0; q < lanes; ++q) end[q] = first + q < k ? x[first + q] : T(-0.0);
    return Target::load(end);
  }

  template <int Rows, bool Ahead>
  static void rows(const VectorOperands<T>& v, std::int64_t i, const T* x, const Batch& end, T* scratch) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = Batch{}; });
    const T* const m = v.m + i * v.row_stride;
    if (v.column_stride == 1) {
      dots<Rows, Ahead>(m, v.row_stride, v.columns, x, end, sum);
    } else {
      for (std::int64_t p = 0; p < v.columns; p += Blocks::gathered) {
        const std::int64_t n = smaller(Blocks::gathered, v.columns - p);
        for (int r = 0; r < Rows; ++r) {
          const T* const row = m + r * v.row_stride + p * v.column_stride;
          for (std::int64_t q = 0; q < n; ++q) scratch[r * Blocks::gathered + q] = row[q * v.column_stride];
        }
        dots<Rows, Ahead>(scratch, Blocks::gathered, n, x + p, end, sum);
      }
    }
    repeat<Rows>([&](auto r) { put(v, i + r, Target::sum(sum[r])); });
  }

  template <int Rows, bool Ahead>
  static void dots(const T* m, std::int64_t stride, std::int64_t k, const T* x, const Batch& end, Batch* sums) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = sums[r]; });
    std::int64_t p = 0;
    for (; p + lanes <= k; p += lanes) {
      const Batch xs = Target::load(x + p);
      repeat<Rows>([&](auto r) {
        const T* const at = m + r * stride + p;
        if (Ahead) prefetch(at, Blocks::page);
        sum[r] = Target::multiply_add(Target::load(at), xs, sum[r]);
      });
    }
    if (p < k) {
      const auto mask = Target::template first<T>(static_cast<int>(k - p));
      repeat<Rows>(
          [&](auto r) { sum[r] = Target::multiply_add(Target::load_first(m + r * stride + p, mask), end, sum[r]); });
    }
    repeat<Rows>([&](auto r) { sums[r] = sum[r]; });
  }

  /// Down the columns of a matrix that is near: the partial sums of a vector of rows stay in registers.
  static void strips(const VectorOperands<T>& v) {
    for (std::int64_t i = 0; i < v.rows; i += lanes) {
      const std::int64_t n = smaller(lanes, v.rows - i);
      T sums[static_cast<std::size_t>(lanes)];
      if (n == lanes) {
        Target::store(sums, strip<true>(v, i, n));
      } else {
        Target::store(sums, strip<false>(v, i, n));
      }
      for (std::int64_t j = 0; j < n; ++j) put(v, i + j, sums[j]);
    }
  }

  template <bool Whole>
  static Batch strip(const VectorOperands<T>& v, std::int64_t i, std::int64_t n) {
    const auto mask = Target::template first<T>(static_cast<int>(n));
    Batch sum[lanes];
    repeat<lanes>([&](auto lane) { sum[lane] = Batch{}; });
    const T *m = v.m + i, *x = v.x;
    std::int64_t left = v.columns;
    const auto add = [&](auto lane) {
      const Batch column = Whole ? Target::load(m) : Target::load_first(m, mask);
      sum[lane] = Target::multiply_add(column, Target::all(*x), sum[lane]);
      m += v.column_stride;
      x += v.x_stride;
    };
    for (; left >= lanes; left -= lanes) repeat<lanes>([&](auto lane) { add(lane); });
    repeat<lanes>([&](auto lane) {
      if (lane < left) add(lane);
    });
    halve<lanes / 2>(sum);
    return sum[0];
  }

  /// As Target::sum adds lanes.
  template <int Half>
  static void halve(Batch* sum) {
    repeat<Half>([&](auto lane) { sum[lane] = sum[lane] + sum[lane + Half]; });
    if constexpr (Half > 1) halve<Half / 2>(sum);
  }

  template <bool Ahead>
  static void down_columns(const VectorOperands<T>& v, T* scratch) {
    const std::int64_t part = v.rows <= Blocks::longest ? Blocks::longest : Blocks::page;
    for (std::int64_t i = 0; i < v.rows; i += part) {
      const std::int64_t n = smaller(part, v.rows - i);
      const std::int64_t row = (n + lanes - 1) / lanes * lanes;  // of scratch
      for (std::int64_t j = 0; j < lanes * row; j += lanes) Target::store(scratch + j, Batch{});
      std::int64_t p = 0;
      for (; p + Blocks::columns * lanes <= v.columns; p += Blocks::columns * lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          columns<Blocks::columns, Ahead>(v, i, n, p + lane, scratch + lane * row);
        }
      }
      for (; p < v.columns; ++p) columns<1, Ahead>(v, i, n, p, scratch + p % lanes * row);
      add_halves(scratch, row);
      for (std::int64_t j = 0; j < n; ++j) put(v, i + j, scratch[j]);
    }
  }

  /// Adds the columns p, p + lanes, … times their elements of x.
  template <int Columns, bool Ahead>
  static void columns(const VectorOperands<T>& v, std::int64_t i, std::int64_t n, std::int64_t p, T* sums) {
    const T* const m = v.m + i + p * v.column_stride;
    const std::int64_t stride = lanes * v.column_stride;
    Batch x[Columns];
    repeat<Columns>([&](auto c) { x[c] = Target::all(v.x[(p + c * lanes) * v.x_stride]); });
    std::int64_t j = 0;
    for (; j + lanes <= n; j += lanes) {
      Batch sum = Target::load(sums + j);
      repeat<Columns>([&](auto c) {
        const T* const at = m + c * stride + j;
        if (Ahead) prefetch(at, v.column_stride);
        sum = Target::multiply_add(Target::load(at), x[c], sum);
      });
      Target::store(sums + j, sum);
    }
    if (j == n) return;
    const auto mask = Target::template first<T>(static_cast<int>(n - j));
    Batch sum = Target::load(sums + j);
    repeat<Columns>(
        [&](auto c) { sum = Target::multiply_add(Target::load_first(m + c * stride + j, mask), x[c], sum); });
    Target::store(sums + j, sum);
  }

  /// As Target::sum adds lanes.
  static void add_halves(T* sums, std::int64_t row) {
    for (std::int64_t half = lanes / 2 * row; half >= row; half /= 2) {
      for (std::int64_t j = 0; j < half; j += lanes) {
        Target::store(sums + j, Target::load(sums + j) + Target::load(sums + half + j));
      }
    }
  }

  static void put(const VectorOperands<T>& v, std::int64_t i, T sum) {
    T& y = v.y[i * v.y_stride];
    y = v.accumulate ? y + sum : sum;
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }
};

}  // namespace capstan::kernels
