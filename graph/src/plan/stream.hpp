// Stream: three instructions that run as one, piece by piece, when the last of them is due – a product of a matrix and a
// vector, a group over its elements, and a product of the same matrix and a vector that the group makes. Both products read
// each piece of the matrix while it is in a near cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/kernels/product/matrix_vector.hpp>

#include "plan/group.hpp"

namespace capstan {

using kernels::MatrixVector;
using kernels::vector_stretch;

struct Stream {
  struct Product {
    std::uint32_t instruction;
    std::uint32_t pointer;  ///< the first
    MatrixVector v;
  };
  struct Middle {
    std::uint32_t instruction, pointer;
    std::uint32_t group;
  };

  Product in;
  Middle between;
  Product back;
  std::int64_t piece;       ///< elements of the group
  std::size_t lane_bytes;   ///< of the scratch of one thread: for the first product, and the sums of the second
  std::size_t sums_offset;  ///< in a lane's scratch
  std::size_t parts_offset, part_bytes;  ///< in the scratch: the sum of each stretch
  std::size_t scratch_bytes;
};

/// Pointers are those of the plan; the scratch is that of the second product.
void run_stream(const Groups& groups, const Stream& stream, void* const* pointers, const Word* words, int threads);

}  // namespace capstan
