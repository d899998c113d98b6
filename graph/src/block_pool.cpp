#include "block_pool.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace capstan {

namespace {

constexpr std::uint64_t patience = 16;   // steps
constexpr std::ptrdiff_t most_idle = 2;  // free blocks that were not taken for so long

}  // namespace

StoragePtr BlockPool::take(std::size_t bytes) {
  auto fits = blocks_.end(), too_small = blocks_.end();
  for (auto pooled = blocks_.begin(); pooled != blocks_.end(); ++pooled) {
    if (!pooled->block->unique()) continue;
    const std::size_t size = pooled->block->bytes();
    if (size >= bytes) {
      if (fits == blocks_.end() || size < fits->block->bytes()) fits = pooled;
    } else if (too_small == blocks_.end() || size > too_small->block->bytes()) {
      too_small = pooled;
    }
  }
  if (fits != blocks_.end()) {
    StoragePtr block = std::move(fits->block);
    blocks_.erase(fits);
    return block;
  }
  if (too_small != blocks_.end()) blocks_.erase(too_small);
  return Storage::allocate(bytes);
}

void BlockPool::give_back(StoragePtr block) noexcept {
  try {
    blocks_.push_back({std::move(block), step_});
  } catch (const std::bad_alloc&) {
    // A block that the pool has no room to note is let go of.
  }
}

void BlockPool::end_step() {
  const auto idle_end = std::find_if(blocks_.begin(), blocks_.end(),
                                     [this](const Pooled& pooled) { return pooled.given_back + patience > step_; });
  std::ptrdiff_t too_many =
      std::count_if(blocks_.begin(), idle_end, [](const Pooled& pooled) { return pooled.block->unique(); }) - most_idle;
  const auto kept = std::remove_if(blocks_.begin(), idle_end, [&too_many](const Pooled& pooled) {
    return !pooled.block->unique() || too_many-- > 0;
  });
  blocks_.erase(kept, idle_end);
  ++step_;
}

}  // namespace capstan
