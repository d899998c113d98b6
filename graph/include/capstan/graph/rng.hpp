// Rng: random numbers by counter (Philox 4×32-10, Salmon et al., SC 2011). The n-th number depends on the seed, the
// stream and n alone, so that a program gives the same numbers on every run and for every number of threads.
#pragma once

#include <array>
#include <cstdint>

namespace capstan {

/// The four words of one block of Philox 4×32-10.
std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter, std::uint64_t stream) noexcept;

class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) noexcept : seed_{seed}, stream_{stream} {}

  std::uint32_t bits() noexcept;                  ///< 32 random bits
  double uniform() noexcept;                      ///< in [0, 1), 53 random bits
  double normal() noexcept;                       ///< mean 0, standard deviation 1 (Box and Muller)
  std::uint64_t below(std::uint64_t n) noexcept;  ///< in 0 … n−1 without bias; n > 0
  /// As if bits() had been called so many times, at once. What is left of a pair of normal numbers stays.
  void discard(std::uint64_t count) noexcept;
  bool has_spare_normal() const noexcept { return has_spare_; }

  std::uint64_t seed() const noexcept { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  unsigned left_ = 0;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace capstan
