// The loops that compute random numbers, one table for each instruction set. All of them give the same bits: they
// consist of integer arithmetic and of exactly rounded operations in an order that the source fixes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/tensor/isa.hpp>

namespace capstan {

/// A word of the sequence that seed and stream choose.
struct RandomPlace {
  std::uint64_t seed, stream, word;
};

/// Each pair of numbers takes four words, from `place` on; 2·pairs numbers are written.
template <class T>
struct RandomLoops {
  /// low + width·u, and `last` where that is rounded beyond it.
  void (*uniform)(const RandomPlace& place, std::size_t pairs, double low, double width, T last, T* out);
  /// mean + stddev·z
  void (*normal)(const RandomPlace& place, std::size_t pairs, double mean, double stddev, T* out);
};

/// The number of blocks of Philox that a generator computes at once.
constexpr std::size_t blocks_at_once = 8;

struct RandomKernels {
  /// Computes the words of blocks_at_once blocks, the first of which has this counter.
  void (*words)(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter, std::uint32_t* out);
  RandomLoops<float> f32;
  RandomLoops<double> f64;
};

extern const RandomKernels random_portable, random_avx2, random_avx512;

const RandomKernels& random_kernels(kernels::Isa isa) noexcept;

/// The loops of the set that CAPSTAN_ISA names, or the portable ones if it names no set: the first tape throws for
/// that, and the numbers are the same with every set.
const RandomKernels& random_kernels() noexcept;

}  // namespace capstan
