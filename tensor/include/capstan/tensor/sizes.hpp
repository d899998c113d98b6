// Sizes: products and sums of bytes that never wrap. A result that does not fit becomes most_bytes, which no memory
// has, so that an allocation of that size fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan::engine {

/// Alignment of tensors and scratch, in bytes: one cache line.
constexpr std::size_t block_alignment = 64;

/// The largest size: a multiple of the alignment, so that rounding up does not change it.
constexpr std::size_t most_bytes = SIZE_MAX / block_alignment * block_alignment;

/// a + b, or most_bytes if that is more.
constexpr std::size_t add_sizes(std::size_t a, std::size_t b) noexcept {
  return a > most_bytes - (b < most_bytes ? b : most_bytes) ? most_bytes : a + b;
}

/// a · b, or most_bytes if that is more.
constexpr std::size_t multiply_sizes(std::size_t a, std::size_t b) noexcept {
  return b != 0 && a > most_bytes / b ? most_bytes : a * b;
}

/// The bytes, rounded up to a multiple of the alignment.
constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return add_sizes(bytes, block_alignment - 1) / block_alignment * block_alignment;
}

/// Bytes of the elements of an array; none if the number does not fit in 63 bits.
inline std::optional<std::int64_t> bytes_of(const Shape& shape, DType dtype) noexcept {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.elements(), static_cast<std::int64_t>(size_of(dtype)), &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace capstan::engine
