// Parts of Lanes: the first few lanes for the end of an array, and the two halves of a register of floats as doubles.
#pragma once

#include "lanes/lanes.hpp"

namespace capstan::kernels {

/// The first `count` lanes from memory, anything harmless in the others; memory beyond them is not touched.
/// 0 < count < width.
template <class V>
V load_first(const typename V::Element* from, std::int64_t count) noexcept {
  using T = typename V::Element;
#if defined(__AVX512F__)
  const unsigned mask = (1u << count) - 1u;
  if constexpr (std::is_same_v<T, float>) return V(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), from));
  if constexpr (std::is_same_v<T, double>) return V(_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), from));
  if constexpr (std::is_integral_v<T>) return V(_mm512_maskz_loadu_epi32(static_cast<__mmask16>(mask), from));
#else
  if (count == 1) return V(*from);  // the same number in every lane is as good, and quicker
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i first =
        _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    if constexpr (std::is_same_v<T, float>) return V(_mm256_maskload_ps(from, first));
    if constexpr (std::is_integral_v<T>) return V(_mm256_maskload_epi32(from, first));
  } else {
    const __m256i first = _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
    return V(_mm256_maskload_pd(from, first));
  }
#else
  alignas(64) T lane[static_cast<std::size_t>(V::width)] = {};
  for (std::int64_t i = 0; i < count; ++i) lane[i] = from[i];
  return V::load(lane);
#endif
#endif
}

/// Writes the first `count` lanes; memory beyond them is not touched. 0 < count < width.
template <class V>
void store_first(V x, typename V::Element* to, std::int64_t count) noexcept {
  using T = typename V::Element;
#if defined(__AVX512F__)
  const unsigned mask = (1u << count) - 1u;
  if constexpr (std::is_same_v<T, float>) _mm512_mask_storeu_ps(to, static_cast<__mmask16>(mask), x.v);
  if constexpr (std::is_same_v<T, double>) _mm512_mask_storeu_pd(to, static_cast<__mmask8>(mask), x.v);
  if constexpr (std::is_integral_v<T>) _mm512_mask_storeu_epi32(to, static_cast<__mmask16>(mask), x.v);
#else
  alignas(64) T lane[static_cast<std::size_t>(V::width)];
  x.store(lane);
  for (std::int64_t i = 0; i < count; ++i) to[i] = lane[i];
#endif
}

template <class A>
struct Halves {
  Lanes<double, A> low, high;
};

template <class A>
Halves<A> widen(Lanes<float, A> x) noexcept {
#if defined(__AVX512F__)
  return {Lanes<double, A>(_mm512_cvtps_pd(_mm512_castps512_ps256(x.v))),
          Lanes<double, A>(_mm512_cvtps_pd(_mm512_extractf32x8_ps(x.v, 1)))};
#elif defined(__AVX__)
  return {Lanes<double, A>(_mm256_cvtps_pd(_mm256_castps256_ps128(x.v))),
          Lanes<double, A>(_mm256_cvtps_pd(_mm256_extractf128_ps(x.v, 1)))};
#elif defined(__SSE2__)
  return {Lanes<double, A>(_mm_cvtps_pd(x.v)), Lanes<double, A>(_mm_cvtps_pd(_mm_movehl_ps(x.v, x.v)))};
#else
  constexpr std::int64_t width = Lanes<float, A>::width;
  float narrow[width];
  double wide[width];
  x.store(narrow);
  for (std::int64_t i = 0; i < width; ++i) wide[i] = narrow[i];
  return {Lanes<double, A>::load(wide), Lanes<double, A>::load(wide + width / 2)};
#endif
}

template <class A>
Lanes<float, A> narrow(Halves<A> x) noexcept {
#if defined(__AVX512F__)
  return Lanes<float, A>(
      _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(x.low.v)), _mm512_cvtpd_ps(x.high.v), 1));
#elif defined(__AVX__)
  return Lanes<float, A>(
      _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(x.low.v)), _mm256_cvtpd_ps(x.high.v), 1));
#elif defined(__SSE2__)
  return Lanes<float, A>(_mm_movelh_ps(_mm_cvtpd_ps(x.low.v), _mm_cvtpd_ps(x.high.v)));
#else
  constexpr std::int64_t width = Lanes<float, A>::width;
  double wide[width];
  float lane[width];
  x.low.store(wide);
  x.high.store(wide + width / 2);
  for (std::int64_t i = 0; i < width; ++i) lane[i] = static_cast<float>(wide[i]);
  return Lanes<float, A>::load(lane);
#endif
}

}  // namespace capstan::kernels
