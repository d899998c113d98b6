// The portable target of products and windows, for processors without the other instruction sets.
#pragma once

#include <cstdint>
#include <type_traits>

#include "product/basics.hpp"

namespace capstan::kernels {

namespace {

// Vectors of 16 bytes, which every processor that we know has.
struct Portable : Vectors<16> {
  static constexpr int tile_rows = 6;
  static constexpr bool masks = false;

  template <class T>
  static int first(int n) {
    return n;
  }

  template <class T>
  static Batch<T> load_first(const T* p, int n) {
    Batch<T> x{};
    for (int i = 0; i < n; ++i) x[i] = p[i];
    return x;
  }

  template <class T>
  static void store_first(T* p, std::type_identity_t<Batch<T>> x, int n) {
    for (int i = 0; i < n; ++i) p[i] = x[i];
  }

  template <class B>
  static B multiply_add(B x, B y, B z) {
    return x * y + z;
  }

  template <class B>
  static auto sum(B x) {
    if constexpr (sizeof(x) / sizeof(x[0]) == 4) return (x[0] + x[2]) + (x[1] + x[3]);
    if constexpr (sizeof(x) / sizeof(x[0]) == 2) return x[0] + x[1];
  }

  template <class T>
  static void transpose(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t steps, T* out,
                        std::int64_t out_stride) {
    for (std::int64_t p = 0; p < steps; ++p) {
      for (std::int64_t i = 0; i < lanes<T>; ++i) out[p * out_stride + i] = i < rows ? from[i * stride + p] : T(0);
    }
  }
};

}  // namespace

}  // namespace capstan::kernels
