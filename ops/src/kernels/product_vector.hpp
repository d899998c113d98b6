// Products with one row or one column, y = m·x, where k is long. They are bound by reading m once, so m is read in the
// order in which it lies, along its rows or down its columns. The sums have one order all the same: as many partial sums
// as a vector has lanes, the step p of k in number p modulo lanes, added in halves at the end. Along rows these are the
// lanes of a register, down columns they are rows of scratch.
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
  static constexpr std::int64_t page = 4096 / sizeof(T);  ///< of a column, and as far as memory is asked for ahead
  static constexpr std::int64_t most_lanes = 64 / sizeof(T);

  /// Elements of scratch: for x, and for gathered rows or the partial sums of a page.
  static constexpr std::int64_t scratch(std::int64_t k) {
    constexpr std::int64_t gather = rows * gathered, sums = most_lanes * page;
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
    if (v.row_stride == 1 && v.rows > 1) {
      down_columns(v, scratch);
    } else {
      along_rows(v, scratch);
    }
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Blocks = VectorBlocks<T>;

  static void along_rows(const VectorOperands<T>& v, T* scratch) {
    const T* x = v.x;
    if (v.x_stride != 1) {
      for (std::int64_t p = 0; p < v.columns; ++p) scratch[p] = v.x[p * v.x_stride];
      x = scratch;
    }
    scratch += Blocks::x(v.columns);
    std::int64_t i = 0;
    for (; i + Blocks::rows <= v.rows; i += Blocks::rows) rows<Blocks::rows>(v, i, x, scratch);
    for (; i < v.rows; ++i) rows<1>(v, i, x, scratch);
  }

  template <int Rows>
  static void rows(const VectorOperands<T>& v, std::int64_t i, const T* x, T* scratch) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = Batch{}; });
    const T* const m = v.m + i * v.row_stride;
    if (v.column_stride == 1) {
      dots<Rows>(m, v.row_stride, v.columns, x, sum);
    } else {
      for (std::int64_t p = 0; p < v.columns; p += Blocks::gathered) {
        const std::int64_t n = smaller(Blocks::gathered, v.columns - p);
        for (int r = 0; r < Rows; ++r) {
          const T* const row = m + r * v.row_stride + p * v.column_stride;
          for (std::int64_t q = 0; q < n; ++q) scratch[r * Blocks::gathered + q] = row[q * v.column_stride];
        }
        dots<Rows>(scratch, Blocks::gathered, n, x + p, sum);
      }
    }
    repeat<Rows>([&](auto r) { put(v, i + r, Target::sum(sum[r])); });
  }

  template <int Rows>
  static void dots(const T* m, std::int64_t stride, std::int64_t k, const T* x, Batch* sums) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = sums[r]; });
    std::int64_t p = 0;
    for (; p + lanes <= k; p += lanes) {
      const Batch xs = Target::load(x + p);
      repeat<Rows>([&](auto r) {
        const T* const at = m + r * stride + p;
        prefetch(at, Blocks::page);
        sum[r] = Target::multiply_add(Target::load(at), xs, sum[r]);
      });
    }
    if (p < k) {
      // The lanes beyond the end add 0 · −0 = −0, which leaves every sum as it is, even −0.
      T rest[static_cast<std::size_t>(lanes)];
      for (std::int64_t q = 0; q < lanes; ++q) rest[q] = p + q < k ? x[p + q] : T(-0.0);
      const Batch xs = Target::load(rest);
      const auto mask = Target::template first<T>(static_cast<int>(k - p));
      repeat<Rows>(
          [&](auto r) { sum[r] = Target::multiply_add(Target::load_first(m + r * stride + p, mask), xs, sum[r]); });
    }
    repeat<Rows>([&](auto r) { sums[r] = sum[r]; });
  }

  static void down_columns(const VectorOperands<T>& v, T* scratch) {
    for (std::int64_t i = 0; i < v.rows; i += Blocks::page) {
      const std::int64_t n = smaller(Blocks::page, v.rows - i);
      const std::int64_t row = (n + lanes - 1) / lanes * lanes;  // of scratch
      for (std::int64_t j = 0; j < lanes * row; j += lanes) Target::store(scratch + j, Batch{});
      std::int64_t p = 0;
      for (; p + Blocks::columns * lanes <= v.columns; p += Blocks::columns * lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          columns<Blocks::columns>(v, i, n, p + lane, scratch + lane * row);
        }
      }
      for (; p < v.columns; ++p) columns<1>(v, i, n, p, scratch + p % lanes * row);
      add_halves(scratch, row);
      for (std::int64_t j = 0; j < n; ++j) put(v, i + j, scratch[j]);
    }
  }

  /// Adds the columns p, p + lanes, … times their elements of x.
  template <int Columns>
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
        prefetch(at, v.column_stride);
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
