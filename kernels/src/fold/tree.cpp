#include <capstan/kernels/fold/tree.hpp>

#include <bit>
#include <cstring>

namespace capstan::kernels {

/// One for each bit that can be set in the count, and one for the leaf being made.
std::int64_t FoldTree::levels(std::int64_t leaves) noexcept {
  return std::bit_width(static_cast<std::uint64_t>(leaves)) + 1;
}

void FoldTree::push() noexcept {
  ++depth_;
  for (std::uint64_t carry = count_++; (carry & 1) != 0; carry >>= 1) join();
}

const void* FoldTree::take() noexcept {
  while (depth_ > 1) join();
  depth_ = 0;
  count_ = 0;
  return store_;
}

void FoldTree::join() noexcept {
  --depth_;
  kernels_->combine(n_, store_ + (depth_ - 1) * stride_, store_ + depth_ * stride_);
}

const void* join_leaves(const FoldKernels& kernels, std::int64_t n, std::size_t leaf_bytes, std::int64_t count,
                        void* leaves) noexcept {
  FoldTree tree{kernels, leaves, static_cast<std::int64_t>(leaf_bytes), n};
  const auto* from = static_cast<const std::byte*>(leaves);
  for (std::int64_t i = 0; i < count; ++i, from += leaf_bytes) {
    if (tree.leaf() != from) std::memcpy(tree.leaf(), from, leaf_bytes);
    tree.push();
  }
  return tree.take();
}

}  // namespace capstan::kernels
