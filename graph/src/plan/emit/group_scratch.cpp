#include "plan/emit/group_scratch.hpp"

#include <algorithm>

#include <capstan/tensor/sizes.hpp>

namespace capstan {

namespace {

/// Memory that is laid out piece by piece.
struct Room {
  std::size_t bytes = 0;
  std::size_t reserve(std::size_t more) {
    const std::size_t offset = bytes;
    bytes = add_sizes(bytes, aligned(more));
    return offset;
  }
};

/// What a fold needs of a thread's room, and of the room that all share.
void lay_reduction(const Group& group, FusedReduction& reduction, std::int64_t parts, Room& thread, Room& shared) {
  const auto bytes_of = [&group](std::int64_t rows, std::int64_t n) {
    return multiply_sizes(multiply_sizes(static_cast<std::size_t>(rows), static_cast<std::size_t>(n)),
                          group.element_size);
  };
  if (reduction.kind == FusedReduction::Kind::columns) {
    const std::int64_t levels = FoldTree::levels(group.part_elements / reduction.extent / rows_block + 1);
    reduction.tree_offset = thread.reserve(block_alignment + bytes_of(levels, reduction.extent));
    reduction.partial_offset = shared.reserve(bytes_of(parts, reduction.extent));
  } else if (reduction.extent > row_block) {
    if (reduction.spans) {
      reduction.tree_offset = thread.reserve(bytes_of(1, row_block));
      reduction.edges_offset = shared.reserve(bytes_of(parts - 1, row_block));
    }
    reduction.partial_offset = shared.reserve(bytes_of(group.count / reduction.extent, leaves_of(reduction.extent)));
  }
}

}  // namespace

GroupScratch lay_scratch(Group& group, std::span<FusedReduction> reductions, std::uint32_t tile_buffers, int threads) {
  GroupScratch scratch;
  Room thread, shared;
  const std::size_t tile_bytes = static_cast<std::size_t>(std::min(group.tile, group.count)) * group.element_size;
  for (std::uint32_t i = 0; i < tile_buffers; ++i) scratch.tile_buffers.push_back(thread.reserve(tile_bytes));
  group.slots_offset = thread.reserve(group.pointer_count * sizeof(void*));
  const std::int64_t parts = group.count == 0 ? 0 : (group.count + group.part_elements - 1) / group.part_elements;
  for (FusedReduction& reduction : reductions) lay_reduction(group, reduction, parts, thread, shared);
  group.workers = static_cast<int>(std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(parts, 1)));
  group.worker_bytes = thread.bytes;
  const std::size_t threads_bytes = multiply_sizes(thread.bytes, static_cast<std::size_t>(group.workers));
  for (FusedReduction& reduction : reductions) {
    reduction.partial_offset += threads_bytes;
    reduction.edges_offset += threads_bytes;
  }
  scratch.bytes = add_sizes(threads_bytes, shared.bytes);
  return scratch;
}

}  // namespace capstan
