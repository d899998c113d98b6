// The loops of kernels.hpp, compiled once for each instruction set. The set is part of every function's type, so that
// no symbol compiled for a wide processor can stand in for one of a narrow processor.
#pragma once

// GCC 12 takes the undefined registers in its own header for uninitialised variables (GCC bug 105593).
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "random/kernels.hpp"
#include "random/numbers.hpp"

namespace capstan {

using kernels::Isa;

#if defined(__AVX512F__)
constexpr std::size_t philox_width = 8;
#elif defined(__AVX2__)
constexpr std::size_t philox_width = 4;
#else
constexpr std::size_t philox_width = 2;
#endif

/// One word of several blocks, each in the lower half of 64 bits; the upper half is ignored.
using PhiloxLanes [[gnu::vector_size(philox_width * 8)]] = std::uint64_t;

[[gnu::always_inline]] inline PhiloxLanes multiply_words(PhiloxLanes a, std::uint32_t factor) noexcept {
// Intrinsics, because a product of 64 bits is several instructions. NOLINTBEGIN(portability-simd-intrinsics)
#if defined(__AVX512F__)
  return reinterpret_cast<PhiloxLanes>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), _mm512_set1_epi64(factor)));
#elif defined(__AVX2__)
  return reinterpret_cast<PhiloxLanes>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(factor)));
#elif defined(__SSE2__)
  return reinterpret_cast<PhiloxLanes>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(factor)));
#else
  return (a & 0xFFFFFFFF) * factor;
#endif
  // NOLINTEND(portability-simd-intrinsics)
}

/// Word k of block i in the lower half of word[k][i].
template <Isa isa>
struct PhiloxBlocks {
  static constexpr std::size_t at_once = 64;
  alignas(64) std::uint64_t word[4][at_once + blocks_at_once];

  /// So many successive blocks, a multiple of blocks_at_once. See philox() for the rounds.
  void make(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::size_t count) noexcept {
    PhiloxLanes number;
    for (std::size_t i = 0; i < philox_width; ++i) number[i] = counter + i;
    for (std::size_t i = 0; i < count; i += philox_width, number += philox_width) {
      PhiloxLanes x0 = number, x1 = number >> 32, x2 = PhiloxLanes{} + stream, x3 = x2 >> 32;
      auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
      for (int round = 0; round < 10; ++round) {
        const PhiloxLanes a = multiply_words(x0, 0xD2511F53), b = multiply_words(x2, 0xCD9E8D57);
        x0 = (b >> 32) ^ x1 ^ low;
        x1 = b;
        x2 = (a >> 32) ^ x3 ^ high;
        x3 = a;
        low += 0x9E3779B9;
        high += 0xBB67AE85;
      }
      for (std::size_t lane = 0; lane < philox_width; ++lane) {
        word[0][i + lane] = x0[lane];
        word[1][i + lane] = x1[lane];
        word[2][i + lane] = x2[lane];
        word[3][i + lane] = x3[lane];
      }
    }
  }
};

template <Isa isa>
void philox_words(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::uint32_t* out) {
  PhiloxBlocks<isa> blocks;
  blocks.make(seed, stream, counter, blocks_at_once);
  for (std::size_t i = 0; i < blocks_at_once; ++i)
    for (std::size_t k = 0; k < 4; ++k) out[4 * i + k] = static_cast<std::uint32_t>(blocks.word[k][i]);
}

/// Calls put(number of a pair, a, b, c, d) with the four words of each pair. A pair that begins within a block ends in
/// the next one.
template <Isa isa, class Put>
[[gnu::always_inline]] inline void for_each_pair(const RandomPlace& place, std::size_t pairs, Put put) {
  PhiloxBlocks<isa> blocks;
  const std::size_t skip = place.word % 4;
  const auto words = [&](std::size_t k) { return blocks.word[(skip + k) % 4] + (skip + k) / 4; };
  const std::uint64_t *const a = words(0), *const b = words(1), *const c = words(2), *const d = words(3);
  for (std::size_t first = 0; first < pairs; first += blocks.at_once) {
    const std::size_t count = pairs - first < blocks.at_once ? pairs - first : blocks.at_once;
    const std::size_t needed = count + (skip == 0 ? 0 : 1);
    blocks.make(place.seed, place.stream, place.word / 4 + first,
                (needed + blocks_at_once - 1) / blocks_at_once * blocks_at_once);
    for (std::size_t i = 0; i < count; ++i) put(first + i, a[i], b[i], c[i], d[i]);
  }
}

template <Isa isa, class T>
void fill_uniform(const RandomPlace& place, std::size_t pairs, double low, double width, T last, T* __restrict out) {
  const auto in_range = [=](double u) {
    const T x = static_cast<T>(low + width * u);
    return x < last ? x : last;
  };
  for_each_pair<isa>(place, pairs, [=](std::size_t i, auto a, auto b, auto c, auto d) {
    out[2 * i] = in_range(uniform_of(a, b));
    out[2 * i + 1] = in_range(uniform_of(c, d));
  });
}

template <Isa isa, class T>
void fill_normal(const RandomPlace& place, std::size_t pairs, double mean, double stddev, T* __restrict out) {
  for_each_pair<isa>(place, pairs, [=](std::size_t i, auto a, auto b, auto c, auto d) {
    const NormalPair z = normal_pair(uniform_of(a, b), uniform_of(c, d));
    out[2 * i] = static_cast<T>(mean + stddev * z.first);
    out[2 * i + 1] = static_cast<T>(mean + stddev * z.second);
  });
}

template <Isa isa>
constexpr RandomKernels random_table = {.words = philox_words<isa>,
                                        .f32 = {fill_uniform<isa, float>, fill_normal<isa, float>},
                                        .f64 = {fill_uniform<isa, double>, fill_normal<isa, double>}};

}  // namespace capstan
