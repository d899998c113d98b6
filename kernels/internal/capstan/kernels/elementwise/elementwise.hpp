// The kernels of elementwise operations: for each struct in the list (list.hpp) and each instruction
// set, one function per dtype.
#pragma once

#include <cstddef>

#include <capstan/kernels/elementwise/list.hpp>
#include <capstan/tensor/array.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// One struct's kernels by dtype; null where it does not take the dtype.
struct ElementwiseRow {
  ElementwiseKernel f32, f64, i32;
};

/// The kernel at that position of the list.
ElementwiseKernel elementwise_kernel(std::size_t position, DType dtype, Isa isa) noexcept;

/// The kernel that a struct describes.
template <class S>
ElementwiseKernel elementwise_kernel(DType dtype, Isa isa = chosen_isa()) noexcept {
  return elementwise_kernel(AllElementwise::index_of<S>(), dtype, isa);
}

/// The rows of one instruction set, in the order of the list.
extern const ElementwiseRow* const elementwise_portable;
extern const ElementwiseRow* const elementwise_avx2;
extern const ElementwiseRow* const elementwise_avx512;

}  // namespace capstan::kernels
