#include <capstan/graph/fold.hpp>

#include <bit>

namespace capstan {

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

}  // namespace capstan
