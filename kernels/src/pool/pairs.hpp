// Pairs: the even and the odd ones of neighbouring elements, taken apart and put together again.
#pragma once

#include "lanes/lanes.hpp"

namespace capstan::kernels {

/// Lane i of `even` is element 2i, lane i of `odd` element 2i + 1.
template <class V>
struct Pairs {
  V even, odd;
};

#if defined(__AVX512F__)
/// Indices for permutations: `first`, `first` + 2, … of two registers.
template <class A>
__m512i every_second_float(int first) noexcept {
  return _mm512_add_epi32(_mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
                          _mm512_set1_epi32(first));
}
template <class A>
__m512i every_second_double(long long first) noexcept {
  return _mm512_add_epi64(_mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), _mm512_set1_epi64(first));
}
#endif

/// Reads 2 · width elements.
template <class T, class A>
Pairs<Lanes<T, A>> load_pairs(const T* from) noexcept {
  using V = Lanes<T, A>;
  const V a = V::load(from), b = V::load(from + V::width);
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    return {V(_mm512_permutex2var_ps(a.v, every_second_float<A>(0), b.v)),
            V(_mm512_permutex2var_ps(a.v, every_second_float<A>(1), b.v))};
  } else {
    return {V(_mm512_permutex2var_pd(a.v, every_second_double<A>(0), b.v)),
            V(_mm512_permutex2var_pd(a.v, every_second_double<A>(1), b.v))};
  }
#elif defined(__AVX2__)
  constexpr int middle_quarters_exchanged = 0xD8;
  const auto in_order = [](__m256d x) { return _mm256_permute4x64_pd(x, middle_quarters_exchanged); };
  if constexpr (std::is_same_v<T, float>) {
    const __m256 even = _mm256_shuffle_ps(a.v, b.v, 0x88), odd = _mm256_shuffle_ps(a.v, b.v, 0xDD);
    return {V(_mm256_castpd_ps(in_order(_mm256_castps_pd(even)))),
            V(_mm256_castpd_ps(in_order(_mm256_castps_pd(odd))))};
  } else {
    return {V(in_order(_mm256_unpacklo_pd(a.v, b.v))), V(in_order(_mm256_unpackhi_pd(a.v, b.v)))};
  }
#elif defined(__SSE2__)
  if constexpr (std::is_same_v<T, float>) {
    return {V(_mm_shuffle_ps(a.v, b.v, 0x88)), V(_mm_shuffle_ps(a.v, b.v, 0xDD))};
  } else {
    return {V(_mm_unpacklo_pd(a.v, b.v)), V(_mm_unpackhi_pd(a.v, b.v))};
  }
#else
  T even[V::width], odd[V::width];
  for (std::int64_t i = 0; i < V::width; ++i) {
    even[i] = from[2 * i];
    odd[i] = from[2 * i + 1];
  }
  return {V::load(even), V::load(odd)};
#endif
}

/// The pairs of the first half of the lanes in `even`, those of the second half in `odd`: the registers as they lie in
/// memory.
template <class T, class A>
Pairs<Lanes<T, A>> interleaved(Pairs<Lanes<T, A>> x) noexcept {
  using V = Lanes<T, A>;
  const V a = x.even, b = x.odd;
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return {V(_mm512_permutex2var_ps(a.v, low, b.v)),
            V(_mm512_permutex2var_ps(a.v, _mm512_add_epi32(low, _mm512_set1_epi32(8)), b.v))};
  } else {
    const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    return {V(_mm512_permutex2var_pd(a.v, low, b.v)),
            V(_mm512_permutex2var_pd(a.v, _mm512_add_epi64(low, _mm512_set1_epi64(4)), b.v))};
  }
#elif defined(__AVX2__)
  constexpr int low_halves = 0x20, high_halves = 0x31;
  if constexpr (std::is_same_v<T, float>) {
    const __m256 low = _mm256_unpacklo_ps(a.v, b.v), high = _mm256_unpackhi_ps(a.v, b.v);
    return {V(_mm256_permute2f128_ps(low, high, low_halves)), V(_mm256_permute2f128_ps(low, high, high_halves))};
  } else {
    const __m256d low = _mm256_unpacklo_pd(a.v, b.v), high = _mm256_unpackhi_pd(a.v, b.v);
    return {V(_mm256_permute2f128_pd(low, high, low_halves)), V(_mm256_permute2f128_pd(low, high, high_halves))};
  }
#elif defined(__SSE2__)
  if constexpr (std::is_same_v<T, float>) {
    return {V(_mm_unpacklo_ps(a.v, b.v)), V(_mm_unpackhi_ps(a.v, b.v))};
  } else {
    return {V(_mm_unpacklo_pd(a.v, b.v)), V(_mm_unpackhi_pd(a.v, b.v))};
  }
#else
  T even[V::width], odd[V::width], all[2 * V::width];
  a.store(even);
  b.store(odd);
  for (std::int64_t i = 0; i < V::width; ++i) {
    all[2 * i] = even[i];
    all[2 * i + 1] = odd[i];
  }
  return {V::load(all), V::load(all + V::width)};
#endif
}

}  // namespace capstan::kernels
