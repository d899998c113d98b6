// What the ways of convolving share: sizes of scratch, and whether numbers are finite.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/tensor/sizes.hpp>

namespace capstan::kernels {

/// Bytes of so many elements of N, rounded up so that what follows is aligned.
template <class N>
std::size_t bytes_for(std::int64_t count) {
  return aligned(multiply_sizes(static_cast<std::size_t>(count), sizeof(N)));
}

inline std::int64_t elements_of(const std::array<std::int64_t, 3>& extents) {
  return extents[0] * extents[1] * extents[2];
}

template <class T>
bool all_finite(const T* x, std::int64_t n) {
  T unlike = 0;  // stays 0 as long as all are finite
  for (std::int64_t i = 0; i < n; ++i) unlike += x[i] - x[i];
  return unlike == T(0);
}

}  // namespace capstan::kernels
