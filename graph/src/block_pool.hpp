// BlockPool: the memory that plans run in. A step takes its blocks from the pool and gives them back when the tape is
// rewound. A block that a user's tensor still looks at is not taken, which is why a tensor read from a tape never
// changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/graph/storage.hpp>

namespace capstan {

class BlockPool {
 public:
  /// The smallest free block of at least this size, or a new one. A new block takes the place of the largest free one
  /// that was too small, so that a tape whose needs grow does not collect small blocks.
  StoragePtr take(std::size_t bytes);
  void give_back(StoragePtr block) noexcept;
  /// To be called when all blocks of a step were given back. Lets go of blocks that were not taken for many steps: of
  /// those that users hold, and of free ones but for a few.
  void end_step();

 private:
  struct Pooled {
    StoragePtr block;
    std::uint64_t given_back;  ///< in which step
  };

  std::vector<Pooled> blocks_;  ///< in the order in which they were given back
  std::uint64_t step_ = 0;
};

}  // namespace capstan
