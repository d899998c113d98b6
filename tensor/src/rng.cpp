#include <capstan/tensor/rng.hpp>

#include <cassert>

#include "random/kernels.hpp"
#include "random/numbers.hpp"

namespace capstan {

// Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3. SC 2011, table 2 and section 3.3.
std::array<std::uint32_t, 4> engine::philox(std::uint64_t key, std::uint64_t counter, std::uint64_t stream) noexcept {
  auto low = static_cast<std::uint32_t>(key), high = static_cast<std::uint32_t>(key >> 32);
  std::array<std::uint32_t, 4> x{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                                 static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0], b = std::uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ low, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ high, static_cast<std::uint32_t>(a)};
    low += 0x9E3779B9;   // the golden ratio
    high += 0xBB67AE85;  // sqrt(3) − 1
  }
  return x;
}

std::uint32_t Rng::bits() noexcept {
  if (left_ == 0) {
    random_kernels().words(seed_, stream_, counter_, words_.data());
    counter_ += blocks_at_once;
    left_ = words_.size();
  }
  return words_[words_.size() - left_--];
}

double Rng::uniform() noexcept {
  const std::uint32_t high = bits(), low = bits();
  return uniform_of(high, low);
}

double Rng::normal() noexcept {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double u = uniform(), v = uniform();
  const NormalPair pair = normal_pair(u, v);
  spare_ = pair.second;
  has_spare_ = true;
  return pair.first;
}

void Rng::discard(std::uint64_t count) noexcept {
  if (count <= left_) {
    left_ -= static_cast<std::size_t>(count);
    return;
  }
  count -= left_;
  counter_ += count / 4;
  left_ = 0;
  for (count %= 4; count > 0; --count) bits();
}

Rng::State Rng::state() const noexcept {
  return {seed_, stream_, position(), has_spare_ ? std::optional{spare_} : std::nullopt};
}

Rng::Rng(const State& state) noexcept
    : seed_{state.seed},
      stream_{state.stream},
      spare_{state.spare_normal.value_or(0.0)},
      has_spare_{state.spare_normal.has_value()} {
  discard(state.position);
}

std::uint64_t Rng::below(std::uint64_t n) noexcept {
  assert(n > 0);
  // The first 2^64 mod n of the 2^64 numbers are rejected, so that the number of the others is a multiple of n.
  const std::uint64_t left_out = (0 - n) % n;
  for (;;) {
    const std::uint64_t high = bits(), low = bits();
    if (const std::uint64_t number = high << 32 | low; number >= left_out) return number % n;
  }
}

}  // namespace capstan
