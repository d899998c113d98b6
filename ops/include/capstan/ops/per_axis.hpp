// Options of operations over images, signals and volumes, one for each spatial axis – `.stride = {2, 1}` – or one number
// for all of them – `.stride = 2`. They lie in the object itself: nothing is allocated.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>

#include <capstan/ops/integers.hpp>

namespace capstan {

/// A number for each spatial axis, or one for all.
class PerAxis : public detail::Integers {
 public:
  /// None: what that stands for is the option's to say.
  PerAxis() = default;
  /// The same number for all axes.
  template <std::integral T>
  PerAxis(T number, std::source_location where = std::source_location::current())
      : Integers({detail::Integer{number}}, where) {}
  /// A number for each axis. ShapeError for more than 8.
  PerAxis(std::initializer_list<detail::Integer> numbers, std::source_location where = std::source_location::current())
      : Integers(numbers, where) {}

  /// The number for axis `i` among the spatial ones.
  std::int64_t along(std::size_t i) const noexcept { return (*this)[size() == 1 ? 0 : i]; }
};

/// The type of `same`.
struct Same {};
/// As padding: so much that the result has the extents of the input.
inline constexpr Same same{};

/// Zeros around an image: how many at both ends of each spatial axis, one number for all, or `same`.
class Padding : public PerAxis {
 public:
  using PerAxis::PerAxis;
  /// Zeros that make the result as large as the input; an odd one stands at the end of an axis.
  Padding(Same) : is_same_{true} {}

  /// Whether it is `same`; then there are no numbers.
  bool is_same() const noexcept { return is_same_; }

 private:
  bool is_same_ = false;
};

}  // namespace capstan
