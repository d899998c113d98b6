// The AVX-512 target of products and windows. Included only by files that are compiled for this instruction set.
#pragma once

// GCC 12 takes the undefined registers in its own header for uninitialised variables (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

#include <cstdint>

#include "product/basics.hpp"

namespace capstan::kernels {

namespace {

struct Avx512 : Vectors<64> {
  using Floats = Batch<float>;
  using Doubles = Batch<double>;
  static constexpr int tile_rows = 14;
  static constexpr bool masks = true;

  template <class T>
  static auto first(int n) {
    const unsigned ones = (1u << n) - 1u;
    if constexpr (sizeof(T) == 4) return static_cast<__mmask16>(ones);
    if constexpr (sizeof(T) == 8) return static_cast<__mmask8>(ones);
  }

  static Floats load_first(const float* p, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, p); }
  static Doubles load_first(const double* p, __mmask8 mask) { return _mm512_maskz_loadu_pd(mask, p); }
  static void store_first(float* p, Floats x, __mmask16 mask) { _mm512_mask_storeu_ps(p, mask, x); }
  static void store_first(double* p, Doubles x, __mmask8 mask) { _mm512_mask_storeu_pd(p, mask, x); }

  // A store that crosses a page is slow, also where its mask keeps it from writing there, and sixteen bytes cross one more
  // seldom than sixty-four.
  template <class T>
  static constexpr int few = 16 / sizeof(T);
  static void store_few(float* p, Floats x, __mmask16 mask) {
    _mm_mask_storeu_ps(p, static_cast<__mmask8>(mask), _mm512_castps512_ps128(x));
  }
  static void store_few(double* p, Doubles x, __mmask8 mask) { _mm_mask_storeu_pd(p, mask, _mm512_castpd512_pd128(x)); }

  static Floats multiply_add(Floats x, Floats y, Floats z) { return _mm512_fmadd_ps(x, y, z); }
  static Doubles multiply_add(Doubles x, Doubles y, Doubles z) { return _mm512_fmadd_pd(x, y, z); }

  static float sum(Floats x) {
    const __m256 eight = _mm512_castps512_ps256(x) + _mm512_extractf32x8_ps(x, 1);
    const __m128 four = _mm256_castps256_ps128(eight) + _mm256_extractf128_ps(eight, 1);
    const __m128 two = four + _mm_movehl_ps(four, four);
    return two[0] + two[1];
  }
  static double sum(Doubles x) {
    const __m256d four = _mm512_castpd512_pd256(x) + _mm512_extractf64x4_pd(x, 1);
    const __m128d two = _mm256_castpd256_pd128(four) + _mm256_extractf128_pd(four, 1);
    return two[0] + two[1];
  }

  template <class T>
  static void transpose(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t steps, T* out,
                        std::int64_t out_stride) {
    if (rows == lanes<T> && steps == lanes<T>) {
      transpose_square<true>(from, stride, rows, steps, out, out_stride);
    } else {
      transpose_square<false>(from, stride, rows, steps, out, out_stride);
    }
  }

  template <bool Whole>
  static void transpose_square(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t steps,
                               float* out, std::int64_t out_stride) {
    const __mmask16 mask = first<float>(static_cast<int>(steps));
    __m512 x[16], y[16];
    repeat<16>([&](auto i) {
      x[i] = Whole ? _mm512_loadu_ps(from + i * stride)
                   : _mm512_maskz_loadu_ps(i < rows ? mask : __mmask16{0}, from + i * stride);
    });
    repeat<8>([&](auto i) {
      y[2 * i] = _mm512_unpacklo_ps(x[2 * i], x[2 * i + 1]);
      y[2 * i + 1] = _mm512_unpackhi_ps(x[2 * i], x[2 * i + 1]);
    });
    // Afterwards quarter q of x[4 · i + c] holds column 4 · q + c of rows 4 · i to 4 · i + 3.
    repeat<8>([&](auto n) {
      constexpr int i = n / 2 * 4, c = n % 2;
      x[i + 2 * c] = _mm512_shuffle_ps(y[i + c], y[i + c + 2], 0x44);
      x[i + 2 * c + 1] = _mm512_shuffle_ps(y[i + c], y[i + c + 2], 0xEE);
    });
    repeat<4>([&](auto c) { transpose_quarters(x[c], x[4 + c], x[8 + c], x[12 + c]); });
    repeat<16>([&](auto p) {
      if (Whole || p < steps) _mm512_storeu_ps(out + p * out_stride, x[p]);
    });
  }

  template <bool Whole>
  static void transpose_square(const double* from, std::int64_t stride, std::int64_t rows, std::int64_t steps,
                               double* out, std::int64_t out_stride) {
    const __mmask8 mask = first<double>(static_cast<int>(steps));
    __m512d x[8], y[8];
    repeat<8>([&](auto i) {
      x[i] = Whole ? _mm512_loadu_pd(from + i * stride)
                   : _mm512_maskz_loadu_pd(i < rows ? mask : __mmask8{0}, from + i * stride);
    });
    repeat<4>([&](auto i) {
      y[2 * i] = _mm512_unpacklo_pd(x[2 * i], x[2 * i + 1]);
      y[2 * i + 1] = _mm512_unpackhi_pd(x[2 * i], x[2 * i + 1]);
    });
    repeat<2>([&](auto c) { transpose_quarters(y[c], y[2 + c], y[4 + c], y[6 + c]); });
    repeat<8>([&](auto p) {
      if (Whole || p < steps) _mm512_storeu_pd(out + p * out_stride, y[p]);
    });
  }

  static void transpose_quarters(__m512& a, __m512& b, __m512& c, __m512& d) {
    const __m512 ab02 = _mm512_shuffle_f32x4(a, b, 0x88), ab13 = _mm512_shuffle_f32x4(a, b, 0xDD);
    const __m512 cd02 = _mm512_shuffle_f32x4(c, d, 0x88), cd13 = _mm512_shuffle_f32x4(c, d, 0xDD);
    a = _mm512_shuffle_f32x4(ab02, cd02, 0x88);
    b = _mm512_shuffle_f32x4(ab13, cd13, 0x88);
    c = _mm512_shuffle_f32x4(ab02, cd02, 0xDD);
    d = _mm512_shuffle_f32x4(ab13, cd13, 0xDD);
  }
  static void transpose_quarters(__m512d& a, __m512d& b, __m512d& c, __m512d& d) {
    const __m512d ab02 = _mm512_shuffle_f64x2(a, b, 0x88), ab13 = _mm512_shuffle_f64x2(a, b, 0xDD);
    const __m512d cd02 = _mm512_shuffle_f64x2(c, d, 0x88), cd13 = _mm512_shuffle_f64x2(c, d, 0xDD);
    a = _mm512_shuffle_f64x2(ab02, cd02, 0x88);
    b = _mm512_shuffle_f64x2(ab13, cd13, 0x88);
    c = _mm512_shuffle_f64x2(ab02, cd02, 0xDD);
    d = _mm512_shuffle_f64x2(ab13, cd13, 0xDD);
  }
};

}  // namespace

}  // namespace capstan::kernels
