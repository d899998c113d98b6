#include "run/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace capstan {

namespace {

constexpr std::uint64_t patience = 16;    // steps
constexpr std::size_t most_idle = 2;      // free blocks that were not taken for so long
constexpr std::size_t most_compared = 8;  // free blocks of a pile that are compared

}  // namespace

StoragePtr BlockPool::take(std::size_t bytes) {
  if (StoragePtr block = take_free(bytes)) return block;
  free_released();
  if (StoragePtr block = take_free(bytes)) return block;
  StoragePtr block = allocate(bytes);
  drop_smaller(bytes);
  return block;
}

StoragePtr BlockPool::allocate(std::size_t bytes) {
  const auto make_room = [this](Pile& pile) {
    if (pile.capacity() <= made_) pile.reserve(2 * made_ + 4);
  };
  const auto bits = static_cast<std::size_t>(std::bit_width(bytes));
  if (free_.size() <= bits) free_.resize(bits + 1);
  make_room(free_[bits]);
  make_room(held_);
  StoragePtr block = Storage::allocate(bytes);
  ++made_;
  return block;
}

/// Takes the smallest of the last few blocks that is large enough, from the first pile that has one; null if none has.
StoragePtr BlockPool::take_free(std::size_t bytes) noexcept {
  for (std::uint64_t left = filled_ >> std::bit_width(bytes) << std::bit_width(bytes); left != 0; left &= left - 1) {
    const auto bits = static_cast<std::size_t>(std::countr_zero(left));
    Pile& pile = free_[bits];
    auto best = pile.end();
    for (auto pooled = pile.end(); pooled != pile.begin() && pile.end() - pooled < std::ptrdiff_t{most_compared};) {
      --pooled;
      const std::size_t size = pooled->block->bytes();
      if (size >= bytes && (best == pile.end() || size < best->block->bytes())) best = pooled;
    }
    if (best == pile.end()) continue;
    StoragePtr block = std::move(best->block);
    if (best + 1 == pile.end()) {
      pile.pop_back();
    } else {
      pile.erase(best);
    }
    note_taken(bits);
    return block;
  }
  return nullptr;
}

void BlockPool::drop_smaller(std::size_t bytes) noexcept {
  const std::uint64_t smaller = filled_ & ((std::uint64_t{2} << std::bit_width(bytes)) - 1);
  if (smaller == 0) return;
  const auto bits = static_cast<std::size_t>(std::bit_width(smaller) - 1);
  free_[bits].pop_back();
  note_taken(bits);
  --made_;
}

void BlockPool::give_back(StoragePtr block) noexcept {
  if (block->unique()) return add_free({std::move(block), step_});
  held_.push_back({std::move(block), step_});
}

void BlockPool::add_free(Pooled pooled) noexcept {
  const auto bits = static_cast<std::size_t>(std::bit_width(pooled.block->bytes()));
  free_[bits].push_back(std::move(pooled));
  filled_ |= std::uint64_t{1} << bits;
}

void BlockPool::note_taken(std::size_t bits) noexcept {
  if (free_[bits].empty()) filled_ &= ~(std::uint64_t{1} << bits);
}

/// Moves the blocks that users have released since they were given back to the free ones.
void BlockPool::free_released() noexcept {
  auto kept = held_.begin();
  for (Pooled& pooled : held_) {
    if (pooled.block->unique()) {
      add_free(std::move(pooled));
    } else {
      *kept++ = std::exchange(pooled, {});
    }
  }
  held_.erase(kept, held_.end());
}

void BlockPool::drop_idle() noexcept {
  const auto is_idle = [this](const Pooled& pooled) { return pooled.given_back + patience <= step_; };
  if (!held_.empty()) {
    free_released();
    made_ -= std::erase_if(held_, is_idle);
  }
  std::size_t idle = 0;
  for (std::uint64_t left = filled_; left != 0; left &= left - 1) {
    const auto bits = static_cast<std::size_t>(std::countr_zero(left));
    Pile& pile = free_[bits];
    if (!is_idle(pile.front())) continue;
    const auto end = std::find_if_not(pile.begin(), pile.end(), is_idle);
    const auto count = static_cast<std::size_t>(end - pile.begin());
    const std::size_t kept = std::min(count, most_idle - std::min(most_idle, idle));
    idle += kept;
    made_ -= count - kept;
    pile.erase(pile.begin(), end - static_cast<std::ptrdiff_t>(kept));
    note_taken(bits);
  }
}

std::size_t BlockPool::held() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(held_.begin(), held_.end(), [](const Pooled& pooled) { return !pooled.block->unique(); }));
}

}  // namespace capstan
