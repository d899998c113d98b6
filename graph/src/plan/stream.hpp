// Stream: a product of a matrix and a vector, a group over the elements of its result, and a product of the same matrix,
// transposed, and a vector that the group computes. They run together, strip by strip, so that both products read each strip
// of the matrix while it is in the L2 cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/product/matrix_vector.hpp>

#include "plan/group.hpp"
#include "plan/instruction.hpp"

namespace capstan {

using kernels::MatrixVector;
using kernels::vector_stretch;

struct Stream {
  std::array<Instruction, 3> parts;  ///< first product, group, second product; the first one has no scratch
  MatrixVector first, second;
  std::int64_t strip;                    ///< the elements of the group in one strip
  std::size_t worker_bytes;              ///< of the scratch of one worker: for the first product, and the second's sums
  std::size_t sums_offset;               ///< in a worker's scratch
  std::size_t parts_offset, part_bytes;  ///< in the scratch: the sum of each chunk
  std::size_t scratch_bytes;
};

/// Pointers are the plan's; the scratch is that of the second product.
void run_stream(const Groups& groups, const Stream& stream, void* const* pointers, const Word* words, int threads);

}  // namespace capstan
