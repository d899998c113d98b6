#include "axes.hpp"

#include <fmt/format.h>

#include <capstan/tensor/shape.hpp>

namespace capstan {

std::optional<std::string> axes_fault(std::span<const Word> axes, std::size_t rank) {
  std::uint32_t seen = 0;
  for (const Word word : axes) {
    const auto axis = static_cast<std::int64_t>(word);
    std::size_t position = 0;
    if (!normalise_axis(axis, rank, position)) return fmt::format("axis {} is out of range for rank {}", axis, rank);
    if ((seen >> position & 1u) != 0) return fmt::format("axis {} is named twice", axis);
    seen |= 1u << position;
  }
  return std::nullopt;
}

std::uint32_t axes_mask(std::span<const Word> axes, std::size_t rank) noexcept {
  if (axes.empty()) return (1u << rank) - 1u;
  std::uint32_t mask = 0;
  for (const Word axis : axes) mask |= 1u << axis_from_front(axis, rank);
  return mask;
}

std::size_t axis_from_front(Word axis, std::size_t rank) noexcept {
  const auto number = static_cast<std::int64_t>(axis);
  return static_cast<std::size_t>(number < 0 ? number + static_cast<std::int64_t>(rank) : number);
}

AroundAxis around_axis(const Shape& shape, std::size_t axis) noexcept {
  AroundAxis around{1, 1};
  for (std::size_t i = 0; i < axis; ++i) around.outer *= shape.begin()[i];
  for (std::size_t i = axis + 1; i < shape.rank(); ++i) around.inner *= shape.begin()[i];
  return around;
}

}  // namespace capstan
