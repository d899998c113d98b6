// Walks a strided tensor in row-major order, a row at a time, without taking memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/graph/tensor.hpp>

namespace capstan::optim {

/// Calls row(first, position, count, stride) for runs of elements that together are the tensor in row-major order:
/// the whole tensor at once where it is contiguous, the rows of its last axis otherwise. `first` points at the run's
/// first element, `position` is that element's number in row-major order.
template <class T, class Row>
void for_rows(const Tensor& tensor, const Row& row) {
  const T* const base = static_cast<const T*>(tensor.raw());
  const std::int64_t total = tensor.elements();
  if (tensor.is_contiguous()) return row(base, std::int64_t{0}, total, std::int64_t{1});
  const std::size_t last = tensor.rank() - 1;  // rank 0 is contiguous
  const std::int64_t count = tensor.shape()[last];
  std::array<std::int64_t, max_rank> index{};
  std::int64_t offset = 0;
  for (std::int64_t position = 0; position < total; position += count) {
    row(base + offset, position, count, tensor.strides()[last]);
    for (std::size_t axis = last; axis-- > 0;) {
      offset += tensor.strides()[axis];
      if (++index[axis] < tensor.shape()[axis]) break;
      offset -= tensor.strides()[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace capstan::optim
