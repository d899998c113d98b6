// Products of a matrix and a vector, y = m·x, made piece by piece: where two of them read one matrix, a stream (see
// docs/plan.md) reads a piece of it for both while it is in a near cache.
#pragma once

#include <cstddef>
#include <cstdint>

namespace capstan::kernels {

/// Elements of x whose part of the product is summed by itself; such sums are added one after the other.
constexpr std::int64_t vector_stretch = 4096;

struct MatrixVector;

/// For one dtype. m, x and y are the operands from their beginnings.
struct MatrixVectorKernels {
  /// The elements of y from `first` on.
  void (*make)(const MatrixVector& v, const void* m, const void* x, void* y, std::int64_t first, std::int64_t count,
               void* scratch);
  /// Adds the columns of m from `first` on times their elements of x to the sums of their stretch; at the beginning of
  /// one, the sums are cleared first. No piece crosses the end of a stretch, and all but m's last are multiples of 16
  /// columns. Scratch and sums are aligned to 64 bytes.
  void (*add)(const MatrixVector& v, const void* m, const void* x, std::int64_t first, std::int64_t count, void* sums);
  /// The sum of a stretch; what it was made of is overwritten.
  void (*take)(const MatrixVector& v, void* sums, void* y);
  /// y[i] += from[i].
  void (*join)(std::int64_t n, void* y, const void* from);
};

struct MatrixVector {
  const MatrixVectorKernels* kernels = nullptr;
  std::size_t matrix = 0;  ///< which input it is; the other one is the vector
  std::int64_t rows = 0, columns = 0, row_stride = 0, column_stride = 0;  ///< of m
  std::int64_t vector_stride = 0;                                         ///< of x; that of y is 1
  std::size_t scratch_bytes = 0, sums_bytes = 0;
};

}  // namespace capstan::kernels
