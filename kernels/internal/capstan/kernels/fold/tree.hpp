// Folds: how reductions add up. Elements are folded in leaves – a block of a row, or so many whole rows – and leaves in
// a binary tree, so that the order of the additions depends on shape and layout alone: not on threads, nor on whether the
// reduction runs by itself or closes a fused group.
#pragma once

#include <cstddef>
#include <cstdint>

namespace capstan::kernels {

/// How many elements of a row, or how many rows, make a leaf of the tree.
constexpr std::int64_t row_block = 1024;
constexpr std::int64_t rows_block = 64;

/// One fold (sum, max, …) of one dtype. Pointers are to elements of it, distances in elements.
struct FoldKernels {
  /// out[r · out_stride] = the fold of the n elements from x + r · stride on, for each r < count; n ≥ 1.
  void (*rows)(std::int64_t count, std::int64_t n, const void* x, std::int64_t stride, void* out,
               std::int64_t out_stride);
  /// out[c] = the fold over r < rows of x[offsets[r] + c], one after the other; rows ≥ 1. out may be the first row.
  void (*columns)(std::int64_t rows, const std::int64_t* offsets, const void* x, std::int64_t n, void* out);
  /// into[c] = the fold of into[c] and from[c].
  void (*combine)(std::int64_t n, void* into, const void* from);
  /// x[c] = x[c] / divisor.
  void (*divide)(std::int64_t n, void* x, double divisor);
};

/// A reduction as the fold that it is.
struct Folding {
  const FoldKernels* kernels = nullptr;
  std::uint32_t axes = 0;  ///< a bit for each axis of x that is folded
  double divisor = 1.0;    ///< what the fold is divided by
};

/// Leaves, joined as a binary counter carries: each with its neighbour, pairs with pairs, and so on. A leaf is n
/// elements; `store` holds one leaf a level, `stride` bytes apart.
class FoldTree {
 public:
  FoldTree(const FoldKernels& kernels, void* store, std::int64_t stride, std::int64_t n) noexcept
      : kernels_{&kernels}, store_{static_cast<std::byte*>(store)}, stride_{stride}, n_{n} {}

  /// Levels for so many leaves.
  static std::int64_t levels(std::int64_t leaves) noexcept;

  /// Where the next leaf is to be written.
  void* leaf() const noexcept { return store_ + depth_ * stride_; }
  void push() noexcept;
  /// The fold of all leaves; the tree is empty afterwards.
  const void* take() noexcept;

 private:
  void join() noexcept;

  const FoldKernels* kernels_;
  std::byte* store_;
  std::int64_t stride_;
  std::int64_t n_;
  std::int64_t depth_ = 0;
  std::uint64_t count_ = 0;
};

/// The fold of `count` ≥ 1 leaves of n elements that lie side by side, as FoldTree joins them, in their own memory.
const void* join_leaves(const FoldKernels& kernels, std::int64_t n, std::size_t leaf_bytes, std::int64_t count,
                        void* leaves) noexcept;

}  // namespace capstan::kernels
