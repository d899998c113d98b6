// What the ways to multiply a matrix by a vector share: the operands, how much of them is taken at a time, and stretches.
#pragma once

#include <cstdint>

#include <capstan/kernels/product/matrix_vector.hpp>

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

/// What is done with sums. A class of the target, so that each instruction set has its own.
template <class Target, class T>
struct VectorSums {
  /// Writes a sum to its element of y.
  static void put(const VectorOperands<T>& v, std::int64_t i, T sum, bool accumulate) {
    T& y = v.y[i * v.y_stride];
    y = accumulate ? y + sum : sum;
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }

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
};

}  // namespace capstan::kernels
