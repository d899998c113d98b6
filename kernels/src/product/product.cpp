#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/visit_dtype.hpp>
#include <type_traits>

#include <algorithm>

#include "product/blocks.hpp"
#include "product/small.hpp"
#include "product/vector.hpp"

namespace capstan::kernels {

namespace {

const ProductKernels& kernels_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512_products;
  if (isa == Isa::avx2) return avx2_products;
#endif
  return portable_products;
}

const ProductKernels& chosen() {
  static const ProductKernels& kernels = kernels_of(chosen_isa());
  return kernels;
}

template <class T>
std::size_t scratch_bytes(std::int64_t m, std::int64_t n, std::int64_t k) {
  const ProductBlocks<T> cut = ProductBlocks<T>::of(n, k);
  const bool small = SmallSizes::fit(m, n, k);
  const std::int64_t panels = small ? SmallSizes::scratch<T>(k) : cut.scratch_for_a() + cut.scratch_for_b();
  const std::int64_t vector = m == 1 || n == 1 ? VectorBlocks<T>::scratch(std::max(m, n), k) : 0;
  return static_cast<std::size_t>(std::max(panels, vector)) * sizeof(T);
}

template <class T>
std::optional<MatrixVector> matrix_vector(const MatrixVectorKernels& kernels, const Matrix<const void>& m,
                                          std::int64_t vector_stride) {
  constexpr std::int64_t shortest = 4 * VectorBlocks<T>::most_lanes;
  if ((m.row_stride != 1 && m.column_stride != 1) || m.rows < 2 || m.columns < shortest) return std::nullopt;
  return MatrixVector{
      .kernels = &kernels,
      .rows = m.rows,
      .columns = m.columns,
      .row_stride = m.row_stride,
      .column_stride = m.column_stride,
      .vector_stride = vector_stride,
      .scratch_bytes = static_cast<std::size_t>(VectorBlocks<T>::scratch(m.rows, m.columns)) * sizeof(T),
      .sums_bytes = static_cast<std::size_t>(VectorBlocks<T>::sums(m.rows)) * sizeof(T)};
}

std::optional<MatrixVector> matrix_vector(const ProductKernels& kernels, const Matrix<const void>& m,
                                          std::int64_t vector_stride, DType dtype) {
  return visit_floating(dtype, [&]<class T>(T) {
    if constexpr (std::is_same_v<T, double>) return matrix_vector<T>(kernels.vector_f64, m, vector_stride);
    if constexpr (std::is_same_v<T, float>) return matrix_vector<T>(kernels.vector_f32, m, vector_stride);
  });
}

}  // namespace

std::optional<MatrixVector> matrix_vector(const Matrix<const void>& m, std::int64_t vector_stride, DType dtype) {
  return matrix_vector(chosen(), m, vector_stride, dtype);
}
std::optional<MatrixVector> matrix_vector(Isa isa, const Matrix<const void>& m, std::int64_t vector_stride,
                                          DType dtype) {
  return matrix_vector(kernels_of(isa), m, vector_stride, dtype);
}

std::size_t product_scratch_bytes(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype) {
  if (m == 0 || n == 0 || k == 0) return 0;
  return visit_floating(dtype, [&]<class T>(T) { return scratch_bytes<T>(m, n, k); });
}

void product(Isa isa, const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c,
             bool accumulate, void* scratch) {
  kernels_of(isa).f32(a, b, c, accumulate, static_cast<float*>(scratch));
}

void product(Isa isa, const Matrix<const double>& a, const Matrix<const double>& b, const Matrix<double>& c,
             bool accumulate, void* scratch) {
  kernels_of(isa).f64(a, b, c, accumulate, static_cast<double*>(scratch));
}

void product(const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c, bool accumulate,
             void* scratch) {
  chosen().f32(a, b, c, accumulate, static_cast<float*>(scratch));
}

void product(const Matrix<const double>& a, const Matrix<const double>& b, const Matrix<double>& c, bool accumulate,
             void* scratch) {
  chosen().f64(a, b, c, accumulate, static_cast<double*>(scratch));
}

}  // namespace capstan::kernels
