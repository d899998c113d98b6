// Integers: up to eight of them, written in braces where an op takes axes or extents – `transpose(x, {1, 0, 2})`,
// `sum(x, {.axes = {0, 2}})`, `reshape(x, {-1, 4})`. They lie in the object itself: nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan {

namespace detail {

class Integers {
 public:
  Integers() = default;
  /// Takes numbers of any integral types. ShapeError for more than 8: no tensor has more axes; and for one that 63 bits
  /// do not hold.
  Integers(std::initializer_list<Integer> numbers, std::source_location where = std::source_location::current());
  explicit Integers(std::span<const std::int64_t> numbers,
                    std::source_location where = std::source_location::current());
  Integers(const Shape& shape) : Integers(shape.extents()) {}

  // As of a container.
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::int64_t operator[](std::size_t i) const noexcept { return numbers_[i]; }
  const std::int64_t* begin() const noexcept { return numbers_.data(); }
  const std::int64_t* end() const noexcept { return numbers_.data() + size_; }

 private:
  std::array<std::int64_t, max_rank> numbers_{};
  std::size_t size_ = 0;
};

}  // namespace detail

/// Which axes; negative ones count from the end.
using Axes = detail::Integers;
/// How many along each axis.
using Extents = detail::Integers;

}  // namespace capstan
