// As same_bits, but that any NaN is like any other: its sign is not promised.
#pragma once

#include <cmath>
#include <cstring>

#include <capstan/tensor/tensor.hpp>

namespace lives {

template <class T>
bool same_elements(const capstan::Tensor& a, const capstan::Tensor& b) {
  const std::span<const T> x = a.data<T>(), y = b.data<T>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::memcmp(&x[i], &y[i], sizeof(T)) != 0 && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
  }
  return true;
}

inline bool same_numbers(const capstan::Tensor& a, const capstan::Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const capstan::Tensor x = a.copy(), y = b.copy();
  if (a.dtype() == capstan::DType::f64) return same_elements<double>(x, y);
  if (a.dtype() == capstan::DType::f32) return same_elements<float>(x, y);
  return std::memcmp(x.raw(), y.raw(), static_cast<std::size_t>(x.elements()) * sizeof(std::int32_t)) == 0;
}

}  // namespace lives
