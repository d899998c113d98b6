// Stream: three instructions that run as one, piece by piece – a product of a matrix and a vector, a group over its
// elements, and a product of the same matrix and a vector that is there by then. Both products read each piece of the matrix
// while it is in a near cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/graph/matrix_vector.hpp>

#include "group.hpp"

namespace capstan {

constexpr std::uint32_t stream_length = 3;  ///< instructions

struct Stream {
  std::uint32_t first;                                    ///< of its instructions
  MatrixVector in, back;                                  ///< the products
  std::int64_t piece;                                     ///< elements of the group
  std::uint32_t in_pointer, group_pointer, back_pointer;  ///< the first of each
  std::uint32_t group;
  std::size_t lane_bytes;   ///< of the scratch of one thread: for the first product, and the sums of the second
  std::size_t sums_offset;  ///< in a lane's scratch
  std::size_t parts_offset, part_bytes;  ///< in the scratch: the sum of each stretch
  std::size_t scratch_bytes;
};

/// Pointers are those of the plan; the scratch is that of the second product.
void run_stream(const Groups& groups, const Stream& stream, void* const* pointers, const Word* words, int threads);

}  // namespace capstan
