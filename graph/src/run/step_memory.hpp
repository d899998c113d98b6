// StepMemory: the memory that a step takes, from pools that it gives it back to when the tape is rewound, so that a
// repeated step allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include "run/block_pool.hpp"
#include "run/results.hpp"

namespace capstan {

class StepMemory {
 public:
  /// An eager tape holds a block a node: to look through them all for a free one would take a time that grows with their
  /// square, so it takes fresh ones.
  explicit StepMemory(bool eager) noexcept : eager_{eager} {}

  RunMemory take_for(const Plan& plan);
  /// A row-major tensor in memory of its own.
  Tensor copy(const void* elements, const Shape& shape, const Strides& strides, DType dtype);
  Tensor copy(const Tensor& x) { return copy(x.raw(), x.shape(), x.strides(), x.dtype()); }

  void give_back(Run& run) noexcept;
  /// To be called when all runs of a step were given back.
  void end_step() noexcept;

 private:
  void note_collected(const Run& run) const noexcept;

  bool eager_;
  std::array<BlockPool, region_count> pools_;  ///< of the regions of plans
  BlockPool copies_pool_;
  std::vector<StoragePtr> copies_;  ///< of this step
};

}  // namespace capstan
