// The AVX2 target of products and windows. Included only by files that are compiled for this instruction set.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "product/basics.hpp"

namespace capstan::kernels {

namespace {

struct Avx2 : Vectors<32> {
  using Floats = Batch<float>;
  using Doubles = Batch<double>;
  static constexpr int tile_rows = 6;
  static constexpr bool masks = true;

  template <class T>
  static __m256i first(int n) {
    if constexpr (sizeof(T) == 4) {
      return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    } else {
      return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
    }
  }

  static Floats load_first(const float* p, __m256i mask) { return _mm256_maskload_ps(p, mask); }
  static Doubles load_first(const double* p, __m256i mask) { return _mm256_maskload_pd(p, mask); }
  static void store_first(float* p, Floats x, __m256i mask) { _mm256_maskstore_ps(p, mask, x); }
  static void store_first(double* p, Doubles x, __m256i mask) { _mm256_maskstore_pd(p, mask, x); }

  static Floats multiply_add(Floats x, Floats y, Floats z) { return _mm256_fmadd_ps(x, y, z); }
  static Doubles multiply_add(Doubles x, Doubles y, Doubles z) { return _mm256_fmadd_pd(x, y, z); }

  static float sum(Floats x) {
    const __m128 four = _mm256_castps256_ps128(x) + _mm256_extractf128_ps(x, 1);
    const __m128 two = four + _mm_movehl_ps(four, four);
    return two[0] + two[1];
  }
  static double sum(Doubles x) {
    const __m128d two = _mm256_castpd256_pd128(x) + _mm256_extractf128_pd(x, 1);
    return two[0] + two[1];
  }

  template <class T>
  static void transpose(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t steps, T* out,
                        std::int64_t out_stride) {
    constexpr std::int64_t half = lanes<T> / 2;
    if (rows == lanes<T> && steps == lanes<T>) {
      transpose_half(from, stride, out, out_stride);
      transpose_half(from + half, stride, out + half * out_stride, out_stride);
      return;
    }
    for (std::int64_t p = 0; p < steps; ++p) {
      for (std::int64_t i = 0; i < lanes<T>; ++i) out[p * out_stride + i] = i < rows ? from[i * stride + p] : T(0);
    }
  }

  // Four columns of 8 rows: each half of a register is filled from one row.
  static void transpose_half(const float* from, std::int64_t stride, float* out, std::int64_t out_stride) {
    __m256 x[4];
    repeat<4>([&](auto i) {
      const float* const row = from + i * stride;
      x[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)), _mm_loadu_ps(row + 4 * stride), 1);
    });
    const __m256 low01 = _mm256_unpacklo_ps(x[0], x[1]), low23 = _mm256_unpacklo_ps(x[2], x[3]);
    const __m256 high01 = _mm256_unpackhi_ps(x[0], x[1]), high23 = _mm256_unpackhi_ps(x[2], x[3]);
    _mm256_storeu_ps(out, _mm256_shuffle_ps(low01, low23, 0x44));
    _mm256_storeu_ps(out + out_stride, _mm256_shuffle_ps(low01, low23, 0xEE));
    _mm256_storeu_ps(out + 2 * out_stride, _mm256_shuffle_ps(high01, high23, 0x44));
    _mm256_storeu_ps(out + 3 * out_stride, _mm256_shuffle_ps(high01, high23, 0xEE));
  }

  // Two columns of 4 rows.
  static void transpose_half(const double* from, std::int64_t stride, double* out, std::int64_t out_stride) {
    __m256d x[2];
    repeat<2>([&](auto i) {
      const double* const row = from + i * stride;
      x[i] = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(row)), _mm_loadu_pd(row + 2 * stride), 1);
    });
    _mm256_storeu_pd(out, _mm256_unpacklo_pd(x[0], x[1]));
    _mm256_storeu_pd(out + out_stride, _mm256_unpackhi_pd(x[0], x[1]));
  }
};

}  // namespace

}  // namespace capstan::kernels
