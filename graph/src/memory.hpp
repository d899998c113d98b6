// Offsets by lifetime: buffers that are not alive at the same time share the bytes of one block (greedy best fit).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace capstan {

constexpr std::size_t block_alignment = 64;

class OffsetAllocator {
 public:
  /// The smallest free range that holds the bytes, or the end of the block, which grows.
  std::size_t allocate(std::size_t bytes);
  void free(std::size_t offset, std::size_t bytes);
  /// The size that the block must have.
  std::size_t peak() const noexcept { return end_; }

 private:
  struct Range {
    std::size_t offset;
    std::size_t bytes;
  };
  static std::size_t rounded(std::size_t bytes) noexcept {
    return (bytes + block_alignment - 1) / block_alignment * block_alignment;
  }

  std::vector<Range> free_;  ///< by offset; neighbours are merged
  std::size_t end_ = 0;
};

}  // namespace capstan
