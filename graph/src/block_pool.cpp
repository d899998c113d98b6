#include "block_pool.hpp"

#include <algorithm>

namespace capstan {

StoragePtr BlockPool::acquire(std::size_t bytes) {
  StoragePtr* fits = nullptr;
  StoragePtr* too_small = nullptr;
  for (StoragePtr& block : blocks_) {
    if (!block->unique()) continue;
    if (block->bytes() >= bytes) {
      if (fits == nullptr || block->bytes() < (*fits)->bytes()) fits = &block;
    } else if (too_small == nullptr || block->bytes() > (*too_small)->bytes()) {
      too_small = &block;
    }
  }
  if (fits != nullptr) return *fits;
  if (too_small != nullptr) {
    *too_small = nullptr;
    *too_small = Storage::allocate(bytes);
    return *too_small;
  }
  blocks_.push_back(Storage::allocate(bytes));
  return blocks_.back();
}

}  // namespace capstan
