// Operands that do not lie as tiles do: where a tile of them begins, or how it is gathered.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/group.hpp"

namespace capstan {

/// Elements from the operand's first to the one of that number, counted row-major.
std::int64_t offset_of(const StridedOperand& operand, std::int64_t element);

/// n elements from `first` on, side by side. Elements are 4 or 8 bytes.
void gather(const StridedOperand& operand, std::size_t element_size, const void* from, std::int64_t first,
            std::int64_t n, void* into);

}  // namespace capstan
