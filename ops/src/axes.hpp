// Axes as they stand in an op's attributes: as the user wrote them, negative ones counting from the end, one a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <capstan/graph/op.hpp>

namespace capstan {

/// What is wrong with these axes for an array of so many, as the rule in an error's text; nothing if they are in range
/// and none is named twice.
std::optional<std::string> axes_fault(std::span<const Word> axes, std::size_t rank);

/// The axes as bits, of an array for which they are right; no axes: all of them.
std::uint32_t axes_mask(std::span<const Word> axes, std::size_t rank) noexcept;

/// One axis, counted from the front. The axis must be in range.
std::size_t axis_from_front(Word axis, std::size_t rank) noexcept;

/// How many positions the axes before an axis have, and how many those after it.
struct AroundAxis {
  std::int64_t outer, inner;
};
AroundAxis around_axis(const Shape& shape, std::size_t axis) noexcept;

}  // namespace capstan
