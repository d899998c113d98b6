#pragma once

#include <cstdint>

#include <capstan/data/idx.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/data/origin.hpp>

namespace capstan::data {

/// Reads one IDX file, with the errors of load_idx. With `bytes_only`, a file of other elements than unsigned bytes is
/// refused whatever the values.
Tensor read_idx(const Origin& origin, IdxValues values, std::uint64_t max_bytes, bool bytes_only = false);

/// Where the elements of a file with so many axes begin.
constexpr std::uint64_t idx_first_element(std::size_t axes) noexcept { return 4 + 4 * axes; }

}  // namespace capstan::data
