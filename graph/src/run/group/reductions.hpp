// ReductionRun: runs a reduction that is fused into a group. It folds each tile as soon as the tile is computed, and
// combines the partial results of tiles and parts at the end. A part is a power-of-two number of leaves, so that combining
// parts pairwise continues the tree of the leaves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/group.hpp"

namespace capstan {

class ReductionRun {
 public:
  ReductionRun(const Group& group, const FusedReduction& reduction, void* const* pointers) noexcept
      : group_{group}, reduction_{reduction}, pointers_{pointers} {}

  /// Folds the n elements at x, which are elements [first, first + n) of the group. `scratch` belongs to the thread.
  void fold(std::int64_t first, std::int64_t n, void* x, std::byte* scratch) const;
  /// To be called when all tiles of a part have been folded.
  void end_part(std::int64_t part, std::byte* scratch) const;
  /// To be called when all parts have ended.
  void finish() const;

 private:
  void fold_rows(std::int64_t first, std::int64_t n, const void* x) const;
  void fold_spanning(std::int64_t first, std::int64_t n, const void* x, std::byte* leaf) const;
  void fold_leaf(std::int64_t begins, const std::byte* x) const;
  void fold_columns(std::int64_t first, std::int64_t n, void* x, std::byte* store) const;
  void fold_whole_rows(bool is_new, std::int64_t rows, std::byte* x, void* leaf) const;
  void join(std::int64_t n, std::int64_t leaves, std::byte* x, std::byte* out) const;

  std::byte* element(void* from, std::int64_t i) const {
    return static_cast<std::byte*>(from) + i * static_cast<std::int64_t>(group_.element_size);
  }
  std::size_t bytes(std::int64_t n) const { return static_cast<std::size_t>(n) * group_.element_size; }
  /// The i-th element of the partial results of leaves and parts.
  std::byte* partial(std::int64_t i) const {
    return element(static_cast<std::byte*>(pointers_[group_.scratch]) + reduction_.partial_offset, i);
  }
  /// The elements of the leaf that a part shares with the one before.
  std::byte* edge(std::int64_t part) const {
    return element(static_cast<std::byte*>(pointers_[group_.scratch]) + reduction_.edges_offset,
                   (part - 1) * row_block);
  }
  FoldTree tree(std::byte* store) const {
    return {*reduction_.folding.kernels, store, static_cast<std::int64_t>(bytes(reduction_.extent)), reduction_.extent};
  }

  const Group& group_;
  const FusedReduction& reduction_;
  void* const* pointers_;
};

}  // namespace capstan
