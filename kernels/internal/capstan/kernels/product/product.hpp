// Products of matrices: c = a·b. Panels of b are packed unless they are used as they lie, a is read where it lies if its
// rows or its columns are contiguous, and a tile of c is kept in registers (tile.hpp, blocks.hpp). Every
// element of c is the sum along k in one fixed order, whatever the strides, so a view and its copy give the same bits; a
// product with one row or one column is a sum of its own order (vector.hpp). A small product goes straight to its
// tiles (small.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <capstan/kernels/product/matrix_vector.hpp>
#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// Strides in elements; 0 and negative ones are as good as any.
template <class T>
struct Matrix {
  T* data;
  std::int64_t rows, columns, row_stride, column_stride;
};

/// Bytes of scratch, aligned to 64, that a product of (m, k) by (k, n) needs, whatever the strides.
std::size_t product_scratch_bytes(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype);

/// Up to this k, a product that is no vector's is added to what c holds with the bits of adding it afterwards.
constexpr std::int64_t undivided_depth = 512;

/// c = a·b, or c += a·b. c has column stride 1 and overlaps neither a nor b. Nothing is allocated. NaN and infinities go
/// through as arithmetic has it; with k = 0 the product is zeros.
void product(const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c, bool accumulate,
             void* scratch);
void product(const Matrix<const double>& a, const Matrix<const double>& b, const Matrix<double>& c, bool accumulate,
             void* scratch);

/// The same with an instruction set of one's choice, which the processor must support.
void product(Isa isa, const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c,
             bool accumulate, void* scratch);
void product(Isa isa, const Matrix<const double>& a, const Matrix<const double>& b, const Matrix<double>& c,
             bool accumulate, void* scratch);

/// m·x piece by piece, with a vector of stride `vector_stride`. Null where neither rows nor columns of m are contiguous,
/// or its sums are so short that `product` makes them otherwise. Its `matrix` is left at 0.
std::optional<MatrixVector> matrix_vector(const Matrix<const void>& m, std::int64_t vector_stride, DType dtype);
std::optional<MatrixVector> matrix_vector(Isa isa, const Matrix<const void>& m, std::int64_t vector_stride,
                                          DType dtype);

/// What each instruction set provides.
struct ProductKernels {
  template <class T>
  using Kernel = void (*)(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c, bool accumulate,
                          T* scratch);
  Kernel<float> f32;
  Kernel<double> f64;
  MatrixVectorKernels vector_f32, vector_f64;
};
extern const ProductKernels portable_products, avx2_products, avx512_products;

}  // namespace capstan::kernels
