// Accumulator: adds up gradients of several micro-batches, for a step as of one large batch that would not fit into memory.
//
//   optim::Accumulator gradients;
//   for (const data::Batch& batch : …) {
//     tape.rewind();
//     gradients.add(tape.backward(net.cost(tape.constant(batch.x), batch.y)));
//     if (gradients.count() == 4) descent.step(gradients.mean());
//   }
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/gradients.hpp>

namespace capstan::optim {

/// The mean over micro-batches of one size is that of the whole batch, to rounding, where the cost is a mean over examples. It
/// keeps its memory, so that it allocates nothing once the same parameters have come twice, unless gradients are row-sparse.
/// (`g += h` and `g *= factor` on Gradients do the same, with a copy for each sum.)
class Accumulator {
 public:
  /// Adds gradients; after `mean`, begins with them anew. ShapeError, DTypeError where they do not fit what is there.
  void add(const Gradients& gradients);
  /// Divides by how many have been added, and returns the mean, which may be clipped in place and holds until the next `add`.
  /// ValueError where none have been.
  Gradients& mean(std::source_location where = std::source_location::current()) &;
  /// How many have been added since the last mean.
  std::int64_t count() const noexcept { return count_; }

 private:
  void begin(const Gradients& gradients);

  Gradients sum_;
  std::int64_t count_ = 0;
};

}  // namespace capstan::optim
