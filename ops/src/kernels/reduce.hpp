// Reductions of strided arrays: sum, max and min along any set of axes. The order of the additions is fixed by the
// array's layout alone: blocks are summed in vectors, and the sums of blocks in a binary tree.
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/graph/op.hpp>

#include "kernels/isa.hpp"

namespace capstan::kernels {

enum class Fold : std::uint8_t { sum, max, min };

/// How many elements of a row, or how many rows, are reduced as one leaf of the tree.
constexpr std::int64_t row_block = 2048;
constexpr std::int64_t rows_block = 64;
/// How many columns are reduced side by side.
constexpr std::int64_t column_panel = 512;

/// The loops, for one fold, element type and instruction set.
template <class T>
struct ReduceLoops {
  /// out[r · out_stride] = the fold of the n elements from x + r · stride on, for each r < count; n ≥ 1.
  void (*rows)(std::int64_t count, std::int64_t n, const T* x, std::int64_t stride, T* out, std::int64_t out_stride);
  /// out[c] = fold over i < rows of x[offsets[i] + c], 1 ≤ rows.
  void (*columns)(std::int64_t rows, const std::int64_t* offsets, const T* x, std::int64_t n, T* out);
  /// into[c] = fold of into[c] and from[c].
  void (*combine)(std::int64_t n, T* into, const T* from);
};

/// All loops of one instruction set, by fold.
struct ReduceTable {
  ReduceLoops<float> f32[3];
  ReduceLoops<double> f64[3];
};
extern const ReduceTable reduce_portable, reduce_avx2, reduce_avx512;

/// y = fold of x along the axes whose bits are set, divided by `divisor`. y is row-major and holds x's other axes in
/// order, with or without extents of 1 between them. What is reduced must not be empty, except for a sum, which is 0.
/// The scratch holds `reduce_scratch` bytes.
template <class T>
void reduce(Fold fold, const Array& x, std::uint32_t axes, const Array& y, T divisor, void* scratch,
            Isa isa = chosen_isa());

/// Bytes of scratch that `reduce` needs.
std::size_t reduce_scratch(const Array& x, const Array& y);

}  // namespace capstan::kernels
