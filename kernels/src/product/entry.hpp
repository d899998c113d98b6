// Where a product enters an instruction set: which of the ways to compute it fits its sizes and strides.
#pragma once

#include <cstdint>

#include "product/blocks.hpp"
#include "product/small.hpp"
#include "product/vector.hpp"

namespace capstan::kernels {

template <class Target, class T>
struct ProductEntry {
  static void run(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c, bool accumulate, T* scratch) {
    if (c.rows == 0 || c.columns == 0) return;
    if (a.columns == 0) {
      if (!accumulate) clear(c);
      return;
    }
    if (VectorProduct<Target, T>::pays(a.columns)) {
      if (c.columns == 1) {
        return VectorProduct<Target, T>::run({a.data, a.rows, a.columns, a.row_stride, a.column_stride, b.data,
                                              b.row_stride, c.data, c.row_stride, accumulate},
                                             scratch);
      }
      if (c.rows == 1) {
        return VectorProduct<Target, T>::run(
            {b.data, b.columns, b.rows, b.column_stride, b.row_stride, a.data, a.column_stride, c.data, 1, accumulate},
            scratch);
      }
    }
    if (SmallSizes::fit(c.rows, c.columns, a.columns))
      return SmallProduct<Target, T>::run(a, b, c, accumulate, scratch);
    BlockedProduct<Target, T>::run(a, b, c, accumulate, scratch);
  }

 private:
  static void clear(const Matrix<T>& c) {
    for (std::int64_t i = 0; i < c.rows; ++i) {
      for (std::int64_t j = 0; j < c.columns; ++j) c.data[i * c.row_stride + j] = T(0);
    }
  }
};

/// Products of a matrix and a vector, piece by piece.
template <class Target, class T>
struct PiecesEntry {
  using Product = VectorProduct<Target, T>;

  static void make(const MatrixVector& v, const void* m, const void* x, void* y, std::int64_t first, std::int64_t count,
                   void* scratch) {
    VectorOperands<T> rows = operands(v, m, x, y);
    rows.m += first * v.row_stride;
    rows.y += first;
    rows.rows = count;
    Product::run(rows, static_cast<T*>(scratch));
  }

  static void add(const MatrixVector& v, const void* m, const void* x, std::int64_t first, std::int64_t count,
                  void* sums) {
    VectorOperands<T> columns = operands(v, m, x, nullptr);
    columns.m += first * v.column_stride;
    columns.x += first * v.vector_stride;
    columns.columns = count;
    Product::add(columns, first % vector_stretch == 0, static_cast<T*>(sums));
  }

  static void take(const MatrixVector& v, void* sums, void* y) {
    Product::take(operands(v, nullptr, nullptr, y), static_cast<T*>(sums));
  }

  static void join(std::int64_t n, void* y, const void* from) {
    for (std::int64_t i = 0; i < n; ++i) static_cast<T*>(y)[i] += static_cast<const T*>(from)[i];
  }

 private:
  static VectorOperands<T> operands(const MatrixVector& v, const void* m, const void* x, void* y) {
    return {static_cast<const T*>(m),
            v.rows,
            v.columns,
            v.row_stride,
            v.column_stride,
            static_cast<const T*>(x),
            v.vector_stride,
            static_cast<T*>(y),
            1,
            false};
  }
};

template <class Target, class T>
inline constexpr MatrixVectorKernels pieces_of{&PiecesEntry<Target, T>::make, &PiecesEntry<Target, T>::add,
                                               &PiecesEntry<Target, T>::take, &PiecesEntry<Target, T>::join};

template <class Target>
inline constexpr ProductKernels products_of{&ProductEntry<Target, float>::run, &ProductEntry<Target, double>::run,
                                            pieces_of<Target, float>, pieces_of<Target, double>};

}  // namespace capstan::kernels
