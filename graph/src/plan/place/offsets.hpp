// Offsets by lifetime: buffers that are not alive at the same time share the bytes of one arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <capstan/tensor/storage.hpp>

namespace capstan {

/// From the instruction that writes a buffer to the last one that reads it.
struct Lifetime {
  std::size_t bytes;
  std::uint32_t first;
  std::uint32_t last;
  std::size_t offset = 0;
};

/// The largest sum of bytes alive at once: no arena can be smaller.
std::size_t alive_at_once(std::span<const Lifetime> lifetimes);

/// Gives each its offset and returns the size of the arena. Two ways are tried: in the order of time, each in the
/// smallest free range that holds it; and the largest first, each as low as it can lie. Lifetimes are given in the order
/// of their first instruction.
std::size_t assign_offsets(std::span<Lifetime> lifetimes);

class OffsetAllocator {
 public:
  /// The smallest free range that holds the bytes, or the end of the arena, which grows.
  std::size_t allocate(std::size_t bytes);
  void free(std::size_t offset, std::size_t bytes);
  /// The size that the arena must have.
  std::size_t peak() const noexcept { return end_; }

 private:
  struct Range {
    std::size_t offset;
    std::size_t bytes;
  };
  std::vector<Range> free_;  ///< by offset; neighbours are merged
  std::size_t end_ = 0;
};

}  // namespace capstan
