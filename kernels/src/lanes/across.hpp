// Folding a register into one number: lanes that are half a register apart are joined, then a quarter, and so on.
#pragma once

#include "lanes/lanes.hpp"

namespace capstan::kernels {

/// Lane i changes places with lane i ^ apart; apart is a power of two below the width.
template <int apart, class T, class A>
Lanes<T, A> swapped(Lanes<T, A> x) noexcept {
  constexpr bool is_float = std::is_same_v<T, float>;
  constexpr int bytes = apart * static_cast<int>(sizeof(T));
#if defined(__AVX512F__)
  if constexpr (is_float && bytes == 32) return Lanes<T, A>(_mm512_shuffle_f32x4(x.v, x.v, 0x4E));
  if constexpr (is_float && bytes == 16) return Lanes<T, A>(_mm512_shuffle_f32x4(x.v, x.v, 0xB1));
  if constexpr (is_float && bytes == 8) return Lanes<T, A>(_mm512_permute_ps(x.v, 0x4E));
  if constexpr (is_float && bytes == 4) return Lanes<T, A>(_mm512_permute_ps(x.v, 0xB1));
  if constexpr (!is_float && bytes == 32) return Lanes<T, A>(_mm512_shuffle_f64x2(x.v, x.v, 0x4E));
  if constexpr (!is_float && bytes == 16) return Lanes<T, A>(_mm512_shuffle_f64x2(x.v, x.v, 0xB1));
  if constexpr (!is_float && bytes == 8) return Lanes<T, A>(_mm512_permute_pd(x.v, 0x55));
#elif defined(__AVX2__)
  if constexpr (is_float && bytes == 16) return Lanes<T, A>(_mm256_permute2f128_ps(x.v, x.v, 1));
  if constexpr (is_float && bytes == 8) return Lanes<T, A>(_mm256_permute_ps(x.v, 0x4E));
  if constexpr (is_float && bytes == 4) return Lanes<T, A>(_mm256_permute_ps(x.v, 0xB1));
  if constexpr (!is_float && bytes == 16) return Lanes<T, A>(_mm256_permute2f128_pd(x.v, x.v, 1));
  if constexpr (!is_float && bytes == 8) return Lanes<T, A>(_mm256_permute_pd(x.v, 5));
#elif defined(__SSE2__)
  if constexpr (is_float && bytes == 8) return Lanes<T, A>(_mm_shuffle_ps(x.v, x.v, 0x4E));
  if constexpr (is_float && bytes == 4) return Lanes<T, A>(_mm_shuffle_ps(x.v, x.v, 0xB1));
  if constexpr (!is_float && bytes == 8) return Lanes<T, A>(_mm_shuffle_pd(x.v, x.v, 1));
#else
  T lane[Lanes<T, A>::width], other[Lanes<T, A>::width];
  x.store(lane);
  for (int i = 0; i < Lanes<T, A>::width; ++i) other[i] = lane[i ^ apart];
  return Lanes<T, A>::load(other);
#endif
}

/// The sum of two, as a fold.
template <class A>
struct FoldSum {
  template <class V>
  static V two(V a, V b) noexcept {
    return a + b;
  }
};

/// The fold of all lanes, in every lane. F::two folds two registers.
template <class F, int apart, class T, class A>
Lanes<T, A> across_all(Lanes<T, A> x) noexcept {
  if constexpr (apart == 0) {
    return x;
  } else {
    return across_all<F, apart / 2>(F::two(x, swapped<apart>(x)));
  }
}
template <class F, class T, class A>
Lanes<T, A> across(Lanes<T, A> x) noexcept {
  return across_all<F, static_cast<int>(Lanes<T, A>::width) / 2>(x);
}

template <class T, class A>
T first(Lanes<T, A> x) noexcept {
  return x.v.get(0);
}

}  // namespace capstan::kernels
