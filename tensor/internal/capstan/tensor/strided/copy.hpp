// strided_copy: moves elements between two layouts of one shape. Axes that lie alike in both are joined first, so that
// what is contiguous is one memcpy; a transposed plane is copied block by block, so that no cache line is read twice.
#pragma once

#include <cstddef>

#include <capstan/tensor/shape.hpp>

namespace capstan {

/// Copies from `from` to `to`, strides in elements; elements are 4 or 8 bytes. The two must not overlap, and no two
/// elements of `to` may share memory. Allocates nothing.
void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides);

/// Copies on at most `threads` threads, if there is enough to copy.
void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides, int threads);

}  // namespace capstan
