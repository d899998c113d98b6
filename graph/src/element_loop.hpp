// ElementLoop: how an elementwise instruction walks over operands that do not all lie side by side with its output,
// such as a column added to every column of a matrix. Axes that can be counted through as one are joined first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>

namespace capstan {

/// Runs of `run` elements, and around them the outer axes. Operands are the inputs, then the output. Within a run an
/// input lies side by side or is one element that serves all (its bit in `scalars`).
struct ElementLoop {
  std::int64_t run = 1;
  std::uint32_t scalars = 0;
  boost::container::static_vector<std::int64_t, max_rank> extents;  ///< of the outer axes
  std::vector<Strides> outer;                                       ///< of each operand along them, in bytes
};

/// Whether an elementwise instruction can walk over an input that lies so: along the last axis that is longer than 1
/// its elements are neighbours or one and the same. What cannot be walked over is copied first.
bool is_walkable(const Shape& shape, const Strides& strides);

/// How the elements of `shape` are walked over; the inputs are walkable and broadcast to it, and the output is
/// row-major.
ElementLoop make_element_loop(const Shape& shape, std::span<const Layout> inputs, std::size_t element_size);

/// Runs a kernel over the loop. `pointers`: the inputs, then the output.
void run_element_loop(const ElementLoop& loop, ElementwiseKernel kernel, void* const* pointers, const Word* words);

}  // namespace capstan
