// StepMemory: the memory of a step. It comes from pools, to which it returns when the tape is rewound, so that a
// repeated step allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include "run/arena_pool.hpp"
#include "run/results.hpp"

namespace capstan {

class StepMemory {
 public:
  /// An eager tape takes new arenas only. It holds one per node, so that searching them for a free one would take
  /// quadratic time.
  explicit StepMemory(bool eager) noexcept : eager_{eager} {}

  RunMemory take_for(const Plan& plan);
  /// Copies elements into a row-major tensor with memory of its own.
  Tensor copy(const void* elements, const Shape& shape, const Strides& strides, DType dtype);
  Tensor copy(const Tensor& x) { return copy(x.raw(), x.shape(), x.strides(), x.dtype()); }

  void give_back(Run& run) noexcept;
  /// To be called when all runs of a step were given back.
  void end_step() noexcept;

 private:
  void note_collected(const Run& run) const noexcept;

  bool eager_;
  std::array<ArenaPool, region_count> pools_;  ///< one for each region of a plan
  ArenaPool copies_pool_;
  std::vector<StoragePtr> copies_;  ///< made in this step
};

}  // namespace capstan
