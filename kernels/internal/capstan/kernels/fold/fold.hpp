// Reductions of strided arrays: sum, max and min along any set of axes. The order of the additions is fixed by the
// array's layout alone (tree.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/kernels/fold/tree.hpp>
#include <capstan/tensor/array.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

enum class Fold : std::uint8_t { sum, max, min };

/// How many columns are reduced side by side.
constexpr std::int64_t column_panel = 512;

/// The loops of one instruction set, by Fold.
struct ReduceTable {
  FoldKernels f32[3];
  FoldKernels f64[3];
};
extern const ReduceTable reduce_portable, reduce_avx2, reduce_avx512;

const FoldKernels& fold_kernels(Fold fold, DType dtype, Isa isa = chosen_isa()) noexcept;

/// y = the fold of x, row-major; it holds x's other axes in order, with or without extents of 1 between them. What is
/// folded must not be empty, except for a sum, which is 0. The scratch holds `reduce_scratch` bytes.
void reduce(const Folding& fold, const Array& x, const Array& y, void* scratch, int threads = 1);

/// Bytes of scratch that `reduce` needs.
std::size_t reduce_scratch(const Folding& fold, const Array& x, const Array& y, int threads = 1);

}  // namespace capstan::kernels
