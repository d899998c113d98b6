// Sizes: products and sums of bytes that never wrap. What does not fit counts as the most there can be, which no memory
// holds; whoever allocates refuses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan {

/// Of tensors and scratch: a line of the cache.
constexpr std::size_t block_alignment = 64;

/// A multiple of the alignment, so that it stays when it is rounded up.
constexpr std::size_t most_bytes = SIZE_MAX / block_alignment * block_alignment;

constexpr std::size_t add_sizes(std::size_t a, std::size_t b) noexcept {
  return a > most_bytes - (b < most_bytes ? b : most_bytes) ? most_bytes : a + b;
}

constexpr std::size_t multiply_sizes(std::size_t a, std::size_t b) noexcept {
  return b != 0 && a > most_bytes / b ? most_bytes : a * b;
}

/// Rounded up to the alignment.
constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return add_sizes(bytes, block_alignment - 1) / block_alignment * block_alignment;
}

/// The bytes of an array's elements; none where 63 bits do not count them.
inline std::optional<std::int64_t> bytes_of(const Shape& shape, DType dtype) noexcept {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.elements(), static_cast<std::int64_t>(size_of(dtype)), &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace capstan
