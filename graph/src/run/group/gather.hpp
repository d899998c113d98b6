// Operands of a group that are not laid out like its tiles: the offset of an element, and gathering a tile of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/group.hpp"

namespace capstan {

/// The offset in elements, from the operand's first, of the element with this row-major number.
std::int64_t offset_of(const StridedOperand& operand, std::int64_t element);

/// Copies n elements from `first` on, in row-major order, to contiguous memory. Elements are 4 or 8 bytes.
void gather(const StridedOperand& operand, std::size_t element_size, const void* from, std::int64_t first,
            std::int64_t n, void* into);

}  // namespace capstan
