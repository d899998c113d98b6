// BlockPool: the memory that plans run in. A block is free again when nobody but the pool refers to it; a block that a
// user's tensor still looks at is left alone, which is why a tensor read from a tape never changes.
#pragma once

#include <cstddef>
#include <vector>

#include <capstan/graph/storage.hpp>

namespace capstan {

class BlockPool {
 public:
  /// The smallest free block of at least this size, or a new one. A new block takes the place of the largest free one
  /// that was too small, so that a tape whose needs grow does not collect small blocks.
  StoragePtr acquire(std::size_t bytes);

 private:
  std::vector<StoragePtr> blocks_;
};

}  // namespace capstan
