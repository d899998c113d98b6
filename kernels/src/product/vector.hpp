// Products with one row or one column, y = m·x, where k is long. They are bound by reading m once, so m is read in the
// order in which it lies, along its rows or down its columns. The sums have one order all the same: as many partial sums
// as a vector has lanes, the step p of k in number p modulo lanes, added in halves at the end. Along rows these are the
// lanes of a register, down columns they are rows of scratch, or registers where m is small enough to be read in any
// order. Stretches of k are summed by themselves and added one after the other, so that a long product can be made in
// pieces of k.
#pragma once

#include <cstdint>

#include <capstan/kernels/product/matrix_vector.hpp>

#include "product/basics.hpp"

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

  /// Elements of scratch for a matrix of m rows and k columns: for x, and for gathered rows or the partial sums of a
  /// column.
  static constexpr std::int64_t scratch(std::int64_t m, std::int64_t k) {
    const std::int64_t gather = rows * gathered_row(k), sums = m * k <= near ? 0 : most_lanes * longest;
    return VectorBlocks::x(k) + (gather > sums ? gather : sums);
  }
  /// From one gathered row to the next.
  static constexpr std::int64_t gathered_row(std::int64_t k) { return k < gathered ? x(k) : gathered; }
  static constexpr std::int64_t x(std::int64_t k) { return (k + most_lanes - 1) / most_lanes * most_lanes; }

  /// Elements of the partial sums of a stretch that is added piece by piece.
  static constexpr std::int64_t sums(std::int64_t m) { return most_lanes * x(m); }
};

template <class Target, class T>
class VectorProduct {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  /// With a short k, what is left over at the ends would be most of the work.
  static bool pays(std::int64_t k) { return k >= 4 * lanes; }

  static __attribute__((noinline)) void run(const VectorOperands<T>& v, T* scratch) {
    const bool is_cached = v.rows * v.columns <= Blocks::cached;
    if (goes_along_rows(v)) {
      is_cached ? along_rows<false>(v, scratch) : along_rows<true>(v, scratch);
    } else if (v.rows * v.columns <= Blocks::near) {
      strips(v);
    } else {
      is_cached ? down_columns<false>(v, scratch) : down_columns<true>(v, scratch);
    }
  }

  /// Adds a piece of the columns to the partial sums of its stretch, and asks for the next piece. One of the strides is 1,
  /// and x's is.
  static void add(const VectorOperands<T>& v, bool begins_stretch, T* sums) {
    if (begins_stretch) clear(v.rows, sums);
    if (!goes_along_rows(v)) return add_columns<true>(v, v.columns * v.column_stride, sums);
    const Batch end = end_of(v.x, v.columns);
    std::int64_t i = 0;
    for (; i + Blocks::rows <= v.rows; i += Blocks::rows) add_rows<Blocks::rows>(v, i, end, sums);
    for (; i < v.rows; ++i) add_rows<1>(v, i, end, sums);
  }

  /// The sum of a stretch that was added piece by piece.
  static void take(const VectorOperands<T>& v, T* sums) {
    if (goes_along_rows(v)) {
      for (std::int64_t i = 0; i < v.rows; ++i) v.y[i] = Target::sum(Target::load(sums + i * lanes));
    } else {
      add_halves(sums, whole_lanes(v.rows));
      for (std::int64_t i = 0; i < v.rows; ++i) v.y[i] = sums[i];
    }
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Blocks = VectorBlocks<T>;

  static bool goes_along_rows(const VectorOperands<T>& v) { return v.row_stride != 1 || v.rows == 1; }

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
    for (std::int64_t first = 0; first < v.columns; first += vector_stretch) {
      const std::int64_t k = smaller(vector_stretch, v.columns - first);
      Batch sum[Rows];
      repeat<Rows>([&](auto r) { sum[r] = Batch{}; });
      const T* const m = v.m + i * v.row_stride + first * v.column_stride;
      if (v.column_stride == 1) {
        dots<Rows, Ahead>(m, v.row_stride, k, x + first, end, Blocks::page, sum);
      } else {
        gathered_dots<Rows>(v, m, k, x + first, end, scratch, sum);
      }
      repeat<Rows>([&](auto r) { put(v, i + r, Target::sum(sum[r]), v.accumulate || first > 0); });
    }
  }

  template <int Rows>
  static void gathered_dots(const VectorOperands<T>& v, const T* m, std::int64_t k, const T* x, const Batch& end,
                            T* scratch, Batch* sum) {
    const std::int64_t gathered_row = Blocks::gathered_row(v.columns);
    for (std::int64_t p = 0; p < k; p += Blocks::gathered) {
      const std::int64_t n = smaller(Blocks::gathered, k - p);
      for (int r = 0; r < Rows; ++r) {
        const T* const row = m + r * v.row_stride + p * v.column_stride;
        for (std::int64_t q = 0; q < n; ++q) scratch[r * gathered_row + q] = row[q * v.column_stride];
      }
      dots<Rows, false>(scratch, gathered_row, n, x + p, end, 0, sum);
    }
  }

  /// With Ahead, memory is asked for so many elements before it is used.
  template <int Rows, bool Ahead>
  static void dots(const T* m, std::int64_t stride, std::int64_t k, const T* x, const Batch& end, std::int64_t ahead,
                   Batch* sums) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = sums[r]; });
    std::int64_t p = 0;
    for (; p + lanes <= k; p += lanes) {
      const Batch xs = Target::load(x + p);
      repeat<Rows>([&](auto r) {
        const T* const at = m + r * stride + p;
        if (Ahead) prefetch(at, ahead);
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
    for_stretches(v, [](const VectorOperands<T>& stretch) {
      for (std::int64_t i = 0; i < stretch.rows; i += lanes) {
        const std::int64_t n = smaller(lanes, stretch.rows - i);
        T sums[static_cast<std::size_t>(lanes)];
        Target::store(sums, n == lanes ? strip<true>(stretch, i, n) : strip<false>(stretch, i, n));
        for (std::int64_t j = 0; j < n; ++j) put(stretch, i + j, sums[j], stretch.accumulate);
      }
    });
  }

  /// Calls body with each stretch of the columns.
  template <class Body>
  static void for_stretches(VectorOperands<T> v, Body body) {
    for (std::int64_t left = v.columns; left > 0; left -= vector_stretch) {
      v.columns = smaller(vector_stretch, left);
      body(v);
      v.m += v.columns * v.column_stride;
      v.x += v.columns * v.x_stride;
      v.accumulate = true;
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
  static void down_columns(const VectorOperands<T>& v, T* sums) {
    const std::int64_t most = v.rows <= Blocks::longest ? Blocks::longest : Blocks::page;
    VectorOperands<T> part = v;
    for (std::int64_t i = 0; i < v.rows; i += most) {
      part.m = v.m + i;
      part.y = v.y + i * v.y_stride;
      part.rows = smaller(most, v.rows - i);
      for_stretches(part, [sums](const VectorOperands<T>& stretch) {
        clear(stretch.rows, sums);
        add_columns<Ahead>(stretch, stretch.column_stride, sums);
        add_halves(sums, whole_lanes(stretch.rows));
        for (std::int64_t j = 0; j < stretch.rows; ++j) put(stretch, j, sums[j], stretch.accumulate);
      });
    }
  }

  /// Of a row of partial sums.
  static std::int64_t whole_lanes(std::int64_t rows) { return (rows + lanes - 1) / lanes * lanes; }

  static void clear(std::int64_t rows, T* sums) {
    for (std::int64_t j = 0; j < lanes * whole_lanes(rows); j += lanes) Target::store(sums + j, Batch{});
  }

  template <bool Ahead>
  static void add_columns(const VectorOperands<T>& v, std::int64_t ahead, T* sums) {
    const std::int64_t row = whole_lanes(v.rows);
    std::int64_t p = 0;
    for (; p + Blocks::columns * lanes <= v.columns; p += Blocks::columns * lanes) {
      for (std::int64_t lane = 0; lane < lanes; ++lane)
        columns<Blocks::columns, Ahead>(v, p + lane, ahead, sums + lane * row);
    }
    for (; p < v.columns; ++p) columns<1, Ahead>(v, p, ahead, sums + p % lanes * row);
  }

  /// Adds the columns p, p + lanes, … times their elements of x.
  template <int Columns, bool Ahead>
  static void columns(const VectorOperands<T>& v, std::int64_t p, std::int64_t ahead, T* sums) {
    const T* const m = v.m + p * v.column_stride;
    const std::int64_t stride = lanes * v.column_stride;
    Batch x[Columns];
    repeat<Columns>([&](auto c) { x[c] = Target::all(v.x[(p + c * lanes) * v.x_stride]); });
    std::int64_t j = 0;
    for (; j + lanes <= v.rows; j += lanes) {
      Batch sum = Target::load(sums + j);
      repeat<Columns>([&](auto c) {
        const T* const at = m + c * stride + j;
        if (Ahead) prefetch(at, ahead);
        sum = Target::multiply_add(Target::load(at), x[c], sum);
      });
      Target::store(sums + j, sum);
    }
    if (j == v.rows) return;
    const auto mask = Target::template first<T>(static_cast<int>(v.rows - j));
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

  template <int Rows>
  static void add_rows(const VectorOperands<T>& v, std::int64_t i, const Batch& end, T* sums) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = Target::load(sums + (i + r) * lanes); });
    dots<Rows, true>(v.m + i * v.row_stride, v.row_stride, v.columns, v.x, end, v.columns, sum);
    repeat<Rows>([&](auto r) { Target::store(sums + (i + r) * lanes, sum[r]); });
  }

  static void put(const VectorOperands<T>& v, std::int64_t i, T sum, bool accumulate) {
    T& y = v.y[i * v.y_stride];
    y = accumulate ? y + sum : sum;
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }
};

}  // namespace capstan::kernels
