// Which positions of an axis a slice takes: for Tensor::slice, for the operation, and for its gradient.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// Counted from the front.
struct SlicePositions {
  std::int64_t start, count, step;

  /// Where the slice stops: one beyond the last position that it takes.
  std::int64_t stop() const noexcept { return count == 0 ? start : start + (count - 1) * step + 1; }
};

/// What is wrong with a slice.
struct SliceFault {
  enum class Kind { step, position } kind;  ///< a step below 1; a start or stop that is out of range
  std::string rule;                         ///< as errors have it
};

/// What is wrong with a slice along an axis of that extent, if anything is.
std::optional<SliceFault> slice_fault(const SliceOptions& options, std::int64_t extent);

/// What a slice takes along an axis of that extent. Nothing may be wrong with it.
SlicePositions slice_positions(const SliceOptions& options, std::int64_t extent) noexcept;

}  // namespace capstan
