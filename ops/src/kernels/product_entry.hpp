// Where a product enters an instruction set: which of the ways to compute it fits its sizes and strides.
#pragma once

#include <cstdint>

#include "kernels/product_blocks.hpp"
#include "kernels/product_small.hpp"
#include "kernels/product_vector.hpp"

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

template <class Target>
inline constexpr ProductKernels products_of{&ProductEntry<Target, float>::run, &ProductEntry<Target, double>::run};

}  // namespace capstan::kernels
