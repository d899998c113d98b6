#include "run/arena_pool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace capstan {

namespace {

constexpr std::uint64_t patience = 16;    // steps
constexpr std::size_t most_idle = 2;      // free arenas that were not taken for so long
constexpr std::size_t most_compared = 8;  // free arenas of a pile that are compared

}  // namespace

StoragePtr ArenaPool::take(std::size_t bytes) {
  if (StoragePtr arena = take_free(bytes)) return arena;
  free_released();
  if (StoragePtr arena = take_free(bytes)) return arena;
  StoragePtr arena = allocate(bytes);
  drop_smaller(bytes);
  return arena;
}

StoragePtr ArenaPool::allocate(std::size_t bytes) {
  const auto make_room = [this](Pile& pile) {
    if (pile.capacity() <= made_) pile.reserve(2 * made_ + 4);
  };
  const auto bits = static_cast<std::size_t>(std::bit_width(bytes));
  if (free_.size() <= bits) free_.resize(bits + 1);
  make_room(free_[bits]);
  make_room(held_);
  StoragePtr arena = Storage::allocate(bytes);
  ++made_;
  return arena;
}

/// Takes the smallest of the last few arenas that is large enough, from the first pile that has one; null if none has.
StoragePtr ArenaPool::take_free(std::size_t bytes) noexcept {
  for (std::uint64_t left = filled_ >> std::bit_width(bytes) << std::bit_width(bytes); left != 0; left &= left - 1) {
    const auto bits = static_cast<std::size_t>(std::countr_zero(left));
    Pile& pile = free_[bits];
    auto best = pile.end();
    for (auto pooled = pile.end(); pooled != pile.begin() && pile.end() - pooled < std::ptrdiff_t{most_compared};) {
      --pooled;
      const std::size_t size = pooled->arena->bytes();
      if (size >= bytes && (best == pile.end() || size < best->arena->bytes())) best = pooled;
    }
    if (best == pile.end()) continue;
    StoragePtr arena = std::move(best->arena);
    if (best + 1 == pile.end()) {
      pile.pop_back();
    } else {
      pile.erase(best);
    }
    note_taken(bits);
    return arena;
  }
  return nullptr;
}

void ArenaPool::drop_smaller(std::size_t bytes) noexcept {
  const std::uint64_t smaller = filled_ & ((std::uint64_t{2} << std::bit_width(bytes)) - 1);
  if (smaller == 0) return;
  const auto bits = static_cast<std::size_t>(std::bit_width(smaller) - 1);
  free_[bits].pop_back();
  note_taken(bits);
  --made_;
}

void ArenaPool::give_back(StoragePtr arena) noexcept {
  if (arena->unique()) return add_free({std::move(arena), step_});
  held_.push_back({std::move(arena), step_});
}

void ArenaPool::add_free(Pooled pooled) noexcept {
  const auto bits = static_cast<std::size_t>(std::bit_width(pooled.arena->bytes()));
  free_[bits].push_back(std::move(pooled));
  filled_ |= std::uint64_t{1} << bits;
}

void ArenaPool::note_taken(std::size_t bits) noexcept {
  if (free_[bits].empty()) filled_ &= ~(std::uint64_t{1} << bits);
}

/// Moves the arenas that users have released since they were given back to the free ones.
void ArenaPool::free_released() noexcept {
  auto kept = held_.begin();
  for (Pooled& pooled : held_) {
    if (pooled.arena->unique()) {
      add_free(std::move(pooled));
    } else {
      *kept++ = std::exchange(pooled, {});
    }
  }
  held_.erase(kept, held_.end());
}

void ArenaPool::drop_idle() noexcept {
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

std::size_t ArenaPool::held() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(held_.begin(), held_.end(), [](const Pooled& pooled) { return !pooled.arena->unique(); }));
}

}  // namespace capstan
