#pragma once

#include <cstdint>

#include <capstan/tensor/tensor.hpp>

#include <capstan/data/origin.hpp>

namespace capstan::data {

/// What elements become. All but the first refuse a file of anything else than unsigned bytes.
enum class StoreAs : std::uint8_t {
  stated,    ///< i32, f32 or f64, whatever holds the type that the file states
  integers,  ///< i32
  numbers,   ///< f32 in 0 … 255
  units      ///< f32 in [0, 1]
};

/// Reads one IDX file, with the errors of load_idx.
Tensor read_idx(const Origin& origin, StoreAs store_as, std::uint64_t max_bytes);

/// Where the elements of a file with so many axes begin.
constexpr std::uint64_t idx_first_element(std::size_t axes) noexcept { return 4 + 4 * axes; }

}  // namespace capstan::data
