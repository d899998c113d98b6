// Whether two tensors agree in shape, dtype and every bit, however they lie in memory.
#pragma once

#include <cstring>

#include <capstan/tensor/tensor.hpp>

inline bool same_bits(const capstan::Tensor& a, const capstan::Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const capstan::Tensor left = a.copy(), right = b.copy();
  const auto bytes = static_cast<std::size_t>(a.elements()) * capstan::size_of(a.dtype());
  return bytes == 0 || std::memcmp(left.raw(), right.raw(), bytes) == 0;
}
