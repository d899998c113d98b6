// Rng: random numbers by counter (Philox 4×32-10, Salmon et al., SC 2011). A seed and a stream choose a sequence of
// 32-bit words, and every number is a function of the words that it takes. A program therefore gives the same numbers
// on every run, for every instruction set and number of threads, one by one or in a tensor, in pieces or in one go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace capstan {

namespace engine {

/// The four words of one block of Philox 4×32-10: words 4·counter … 4·counter + 3 of the sequence of `key` and `stream`.
std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter, std::uint64_t stream) noexcept;

}  // namespace engine

/// A UniformRandomBitGenerator, so that std::shuffle and the distributions of <random> take it, too; what those make of
/// the bits is up to the standard library, and may differ from one to the next.
class Rng {
 public:
  using result_type = std::uint32_t;
  // The bounds of what operator() returns.
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return UINT32_MAX; }

  /// The generator at the beginning of the sequence of this seed and stream.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) noexcept : seed_{seed}, stream_{stream} {}

  /// 32 random bits: the next word.
  std::uint32_t bits() noexcept;
  result_type operator()() noexcept { return bits(); }
  /// In [0, 1): a multiple of 2^−53, by the upper 27 bits of one word and the upper 26 of the next.
  double uniform() noexcept;
  /// Mean 0, standard deviation 1; at most 8.57 from 0. Two numbers come from two uniform ones (Box and Muller):
  /// r·cos(2πv), and then r·sin(2πv) without taking words, with r = √(−2·log(1 − u)), to 2^−50 of r.
  double normal() noexcept;
  /// A whole number in 0 … n−1 without bias, by two words, rarely by four or more; n > 0.
  std::uint64_t below(std::uint64_t n) noexcept;
  /// Skips `count` words, as if bits() had been called that often, in constant time. What is left of a pair of normal
  /// numbers stays.
  void discard(std::uint64_t count) noexcept;
  /// Whether normal() gives what is left of a pair next.
  bool has_spare_normal() const noexcept { return has_spare_; }

  std::uint64_t seed() const noexcept { return seed_; }
  std::uint64_t stream() const noexcept { return stream_; }
  /// How many words have been taken.
  std::uint64_t position() const noexcept { return 4 * counter_ - left_; }

  /// All that decides which numbers follow, to be kept in a file.
  struct State {
    std::uint64_t seed = 0, stream = 0, position = 0;
    std::optional<double> spare_normal = {};  ///< what is left of a pair
  };
  State state() const noexcept;
  /// Goes on as the generator whose state it was.
  explicit Rng(const State& state) noexcept;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;  // of the first block that is not in words_
  std::array<std::uint32_t, 32> words_{};
  std::size_t left_ = 0;  // of words_, at its end
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace capstan
