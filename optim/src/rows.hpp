// Walks a strided tensor in row-major order, without taking memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include <capstan/tensor/strided/axes.hpp>
#include <capstan/tensor/strided/walk.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// Calls row(first, position, count, stride) for runs of elements that together are the elements from `begin` to `end`
/// in row-major order: all of them at once where the tensor is contiguous, the rows of its last axis otherwise. `first`
/// points at the run's first element, `position` is that element's number in row-major order.
template <class T, class Row>
void for_rows(const Tensor& tensor, std::int64_t begin, std::int64_t end, const Row& row) {
  const T* const base = static_cast<const T*>(tensor.raw());
  if (tensor.is_contiguous()) return row(base + begin, begin, end - begin, std::int64_t{1});
  const StridedAxes<1> axes = axes_in_order(tensor.shape(), tensor.strides());
  StridedWalk at{axes, begin};
  for (std::int64_t position = begin; position < end; at.next(1)) {  // rank 0 is contiguous
    const std::int64_t count = std::min(at.left(0), end - position);
    row(base + at.offset(), position, count, axes.step(0, 0));
    position += count;
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
