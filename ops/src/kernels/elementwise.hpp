// The kernels of elementwise operations: for each op in the list (elementwise/list.hpp) and each instruction set, one
// function per dtype.
#pragma once

#include <cstddef>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// One op's kernels by dtype; null where it does not take the dtype.
struct ElementwiseRow {
  ElementwiseKernel by_dtype[3];
};

/// The kernel of the op at that position of the list.
ElementwiseKernel elementwise_kernel(std::size_t op, DType dtype, Isa isa) noexcept;

/// The rows of one instruction set, in the order of the list.
extern const ElementwiseRow* const elementwise_portable;
extern const ElementwiseRow* const elementwise_avx2;
extern const ElementwiseRow* const elementwise_avx512;

}  // namespace capstan::kernels
