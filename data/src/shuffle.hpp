#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <capstan/tensor/rng.hpp>

namespace capstan::data {

/// Shuffles: every order has the same probability (Fisher and Yates).
inline void shuffle(std::span<std::int64_t> positions, Rng& rng) {
  for (std::size_t left = positions.size(); left > 1; --left)
    std::swap(positions[left - 1], positions[rng.below(left)]);
}

}  // namespace capstan::data
