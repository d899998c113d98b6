#include "plan/place/offsets.hpp"

#include <algorithm>
#include <iterator>
#include <queue>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

constexpr std::size_t most_by_size =
    1024;  // lifetimes: the largest-first way takes a time that grows with their square

std::size_t place_by_time(std::span<Lifetime> lifetimes) {
  OffsetAllocator allocator;
  const auto ends_later = [&](std::uint32_t a, std::uint32_t b) { return lifetimes[a].last > lifetimes[b].last; };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(ends_later)> alive{ends_later};
  for (std::uint32_t i = 0; i < lifetimes.size(); ++i) {
    for (; !alive.empty() && lifetimes[alive.top()].last < lifetimes[i].first; alive.pop())
      allocator.free(lifetimes[alive.top()].offset, lifetimes[alive.top()].bytes);
    lifetimes[i].offset = allocator.allocate(lifetimes[i].bytes);
    alive.push(i);
  }
  return allocator.peak();
}

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

std::size_t place_by_size(std::span<Lifetime> lifetimes) {
  std::vector<Lifetime*> largest_first, placed;  // those placed by their offsets
  for (Lifetime& lifetime : lifetimes) largest_first.push_back(&lifetime);
  std::sort(largest_first.begin(), largest_first.end(), [](const Lifetime* a, const Lifetime* b) {
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;  // of one array
  });
  std::size_t peak = 0;
  for (Lifetime* const lifetime : largest_first) {
    std::size_t offset = 0;
    for (const Lifetime* const other : placed) {
      if (!meet(*lifetime, *other)) continue;
      if (offset + aligned(lifetime->bytes) <= other->offset) break;
      offset = std::max(offset, other->offset + aligned(other->bytes));
    }
    lifetime->offset = offset;
    peak = std::max(peak, offset + aligned(lifetime->bytes));
    const auto above = std::upper_bound(placed.begin(), placed.end(), offset,
                                        [](std::size_t at, const Lifetime* other) { return at < other->offset; });
    placed.insert(above, lifetime);
  }
  return peak;
}

}  // namespace

std::size_t alive_at_once(std::span<const Lifetime> lifetimes) {
  std::size_t now = 0, most = 0;
  const auto ends_later = [](const Lifetime* a, const Lifetime* b) { return a->last > b->last; };
  std::priority_queue<const Lifetime*, std::vector<const Lifetime*>, decltype(ends_later)> alive{ends_later};
  for (const Lifetime& lifetime : lifetimes) {
    for (; !alive.empty() && alive.top()->last < lifetime.first; alive.pop()) now -= aligned(alive.top()->bytes);
    now += aligned(lifetime.bytes);
    most = std::max(most, now);
    alive.push(&lifetime);
  }
  return most;
}

std::size_t assign_offsets(std::span<Lifetime> lifetimes) {
  const std::size_t by_time = place_by_time(lifetimes);
  if (by_time == alive_at_once(lifetimes) || lifetimes.size() > most_by_size) return by_time;
  const std::size_t by_size = place_by_size(lifetimes);
  return by_size < by_time ? by_size : place_by_time(lifetimes);
}

std::size_t OffsetAllocator::allocate(std::size_t bytes) {
  const std::size_t size = aligned(bytes);
  if (size == 0) return 0;
  auto best = free_.end();
  for (auto range = free_.begin(); range != free_.end(); ++range) {
    if (range->bytes >= size && (best == free_.end() || range->bytes < best->bytes)) best = range;
  }
  if (best != free_.end()) {
    const std::size_t offset = best->offset;
    best->offset += size;
    best->bytes -= size;
    if (best->bytes == 0) free_.erase(best);
    return offset;
  }
  std::size_t offset = end_;
  if (!free_.empty() && free_.back().offset + free_.back().bytes == end_) {  // the last range grows
    offset = free_.back().offset;
    free_.pop_back();
  }
  end_ = offset + size;
  return offset;
}

void OffsetAllocator::free(std::size_t offset, std::size_t bytes) {
  const std::size_t size = aligned(bytes);
  if (size == 0) return;
  const auto next = std::lower_bound(free_.begin(), free_.end(), offset,
                                     [](const Range& range, std::size_t at) { return range.offset < at; });
  const bool joins_next = next != free_.end() && offset + size == next->offset;
  const bool joins_previous = next != free_.begin() && std::prev(next)->offset + std::prev(next)->bytes == offset;
  if (joins_previous && joins_next) {
    std::prev(next)->bytes += size + next->bytes;
    free_.erase(next);
  } else if (joins_previous) {
    std::prev(next)->bytes += size;
  } else if (joins_next) {
    next->offset = offset;
    next->bytes += size;
  } else {
    free_.insert(next, {offset, size});
  }
}

}  // namespace capstan
