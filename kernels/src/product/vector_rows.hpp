// A matrix times a vector along the rows of the matrix: the partial sums of a row are the lanes of a register, and several
// rows are added up side by side.
#pragma once

#include <cstdint>

#include "product/basics.hpp"
#include "product/vector_operands.hpp"

namespace capstan::kernels {

template <class Target, class T>
class VectorRows {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  template <bool Ahead>
  static void run(const VectorOperands<T>& v, T* scratch) {
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

  /// Adds a piece of the columns to the partial sums of all rows.
  static void add(const VectorOperands<T>& v, T* sums) {
    const Batch end = end_of(v.x, v.columns);
    std::int64_t i = 0;
    for (; i + Blocks::rows <= v.rows; i += Blocks::rows) add_rows<Blocks::rows>(v, i, end, sums);
    for (; i < v.rows; ++i) add_rows<1>(v, i, end, sums);
  }

  static void take(const VectorOperands<T>& v, const T* sums) {
    for (std::int64_t i = 0; i < v.rows; ++i) v.y[i] = Target::sum(Target::load(sums + i * lanes));
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Blocks = VectorBlocks<T>;
  using Sums = VectorSums<Target, T>;

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
      const std::int64_t k = Sums::smaller(vector_stretch, v.columns - first);
      Batch sum[Rows];
      repeat<Rows>([&](auto r) { sum[r] = Batch{}; });
      const T* const m = v.m + i * v.row_stride + first * v.column_stride;
      if (v.column_stride == 1) {
        dots<Rows, Ahead>(m, v.row_stride, k, x + first, end, Blocks::page, sum);
      } else {
        gathered_dots<Rows>(v, m, k, x + first, end, scratch, sum);
      }
      repeat<Rows>([&](auto r) { Sums::put(v, i + r, Target::sum(sum[r]), v.accumulate || first > 0); });
    }
  }

  template <int Rows>
  static void gathered_dots(const VectorOperands<T>& v, const T* m, std::int64_t k, const T* x, const Batch& end,
                            T* scratch, Batch* sum) {
    const std::int64_t gathered_row = Blocks::gathered_row(v.columns);
    for (std::int64_t p = 0; p < k; p += Blocks::gathered) {
      const std::int64_t n = Sums::smaller(Blocks::gathered, k - p);
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

  template <int Rows>
  static void add_rows(const VectorOperands<T>& v, std::int64_t i, const Batch& end, T* sums) {
    Batch sum[Rows];
    repeat<Rows>([&](auto r) { sum[r] = Target::load(sums + (i + r) * lanes); });
    dots<Rows, true>(v.m + i * v.row_stride, v.row_stride, v.columns, v.x, end, v.columns, sum);
    repeat<Rows>([&](auto r) { Target::store(sums + (i + r) * lanes, sum[r]); });
  }
};

}  // namespace capstan::kernels
