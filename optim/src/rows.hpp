// Walks a strided tensor in row-major order, without taking memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// Calls row(first, position, count, stride) for runs of elements that together are the elements from `begin` to `end`
/// in row-major order: all of them at once where the tensor is contiguous, the rows of its last axis otherwise. `first`
/// points at the run's first element, `position` is that element's number in row-major order.
template <class T, class Row>
void for_rows(const Tensor& tensor, std::int64_t begin, std::int64_t end, const Row& row) {
  const T* const base = static_cast<const T*>(tensor.raw());
  if (tensor.is_contiguous()) return row(base + begin, begin, end - begin, std::int64_t{1});
  const std::span<const std::int64_t> extents = tensor.shape().extents();
  const Strides& strides = tensor.strides();
  const std::size_t last = extents.size() - 1;  // rank 0 is contiguous
  std::array<std::int64_t, max_rank> index{};
  std::int64_t offset = 0;
  for (std::int64_t axis = std::ssize(extents), rest = begin; axis-- > 0;) {
    const auto i = static_cast<std::size_t>(axis);
    index[i] = rest % extents[i];
    offset += index[i] * strides[i];
    rest /= extents[i];
  }
  for (std::int64_t position = begin; position < end;) {
    const std::int64_t count = std::min(extents[last] - index[last], end - position);
    row(base + offset, position, count, strides[last]);
    position += count;
    offset -= index[last] * strides[last];
    index[last] = 0;
    for (std::size_t axis = last; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < extents[axis]) break;
      offset -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

/// The same for the whole tensor.
template <class T, class Row>
void for_rows(const Tensor& tensor, const Row& row) {
  for_rows<T>(tensor, 0, tensor.elements(), row);
}

/// Calls use(first, elements) for copies of the elements from `begin` to `end` in row-major order, some hundred at a time.
template <class T, class Use>
void for_copied_pieces(const Tensor& tensor, std::int64_t begin, std::int64_t end, const Use& use) {
  std::array<T, 512> piece;
  for (std::int64_t first = begin; first < end; first += std::ssize(piece)) {
    T* to = piece.data();
    for_rows<T>(tensor, first, std::min(first + std::ssize(piece), end),
                [&](const T* from, std::int64_t, std::int64_t count, std::int64_t stride) {
                  for (std::int64_t i = 0; i < count; ++i) *to++ = from[i * stride];
                });
    use(first, std::span<const T>{piece.data(), to});
  }
}

}  // namespace capstan::optim
