#include "memory.hpp"

#include <algorithm>
#include <iterator>

namespace capstan {

std::size_t OffsetAllocator::allocate(std::size_t bytes) {
  const std::size_t size = rounded(bytes);
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
  const std::size_t size = rounded(bytes);
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
