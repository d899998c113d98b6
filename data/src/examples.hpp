// Copies of a tensor's examples in memory of their own, one after another, as tensors with the examples on the last axis.
#pragma once

#include <cstdint>
#include <span>

#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::data {

/// Memory for `count` examples like those of x, which has at least one axis. The elements are not initialised.
Tensor room_for_examples(const Tensor& x, std::int64_t count);

/// The first `count` examples of that memory. Allocates nothing.
Tensor view_of_examples(const StoragePtr& memory, const Tensor& x, std::int64_t count);

/// Writes the examples of x at these positions, which are in range, into that memory. Allocates nothing.
void copy_examples(const Tensor& x, std::span<const std::int64_t> positions, const StoragePtr& memory);

}  // namespace capstan::data
