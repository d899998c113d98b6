// Shape: the extents of a tensor, axis 0 first. A shape that exists is valid: no extent is negative and the number of
// elements fits 63 bits, so whoever holds one need not check again.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <ranges>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>

namespace capstan {

constexpr std::size_t max_rank = 8;

class Shape;

namespace detail {

/// A whole number of any type, as it stands in braces: `Shape{rows, 3}` with `std::size_t rows`.
class Integer {
 public:
  template <class T>
    requires(std::convertible_to<T, std::int64_t> && !std::floating_point<T>)
  constexpr Integer(T value) noexcept : value_{static_cast<std::int64_t>(value)} {
    if constexpr (std::unsigned_integral<T>) fits_ = std::in_range<std::int64_t>(std::uint64_t{value});
  }

  constexpr std::int64_t value() const noexcept { return value_; }
  /// True if 63 bits hold it; false for std::size_t(-1), which `value` returns as -1.
  constexpr bool fits() const noexcept { return fits_; }

 private:
  std::int64_t value_;
  bool fits_ = true;
};

/// A vector, array, span, … of whole numbers of one type; a Shape itself is none.
template <class R>
concept IntegerRange = std::ranges::sized_range<const R> && std::integral<std::ranges::range_value_t<const R>> &&
                       !std::same_as<std::ranges::range_value_t<const R>, bool> && !std::same_as<R, Shape>;

}  // namespace detail

class Shape {
 public:
  /// An axis as `shape[axis]` takes it: any integer turns into it by itself, and the line where it does is the one
  /// that errors name.
  struct Axis {
    template <class T>
      requires(std::convertible_to<T, std::int64_t> && !std::is_floating_point_v<T>)
    Axis(T axis, std::source_location line = std::source_location::current()) noexcept
        : number{static_cast<std::int64_t>(axis)}, where{line} {
      if constexpr (std::is_unsigned_v<T>) number = number < 0 ? INT64_MAX : number;  // 0 − 1 is not the last axis
    }

    std::int64_t number;
    std::source_location where;
  };

  /// The shape of a single number: rank 0, one element.
  Shape() = default;
  /// Throws ShapeError for a negative extent, more than 8 axes, or extents (those of 0 left out) whose product does not
  /// fit 63 bits.
  Shape(std::initializer_list<detail::Integer> extents, std::source_location where = std::source_location::current());
  explicit Shape(std::span<const std::int64_t> extents, std::source_location where = std::source_location::current());
  /// Takes extents of any integral type. ShapeError as above, and for an extent that 63 bits do not hold.
  template <detail::IntegerRange R>
  explicit Shape(const R& extents, std::source_location where = std::source_location::current()) {
    using Extent = std::ranges::range_value_t<const R>;
    if constexpr (std::ranges::contiguous_range<const R> && std::same_as<Extent, std::int64_t>) {
      assign({std::ranges::data(extents), std::ranges::size(extents)}, where);
    } else {
      boost::container::small_vector<std::int64_t, max_rank> values;
      for (const Extent extent : extents) {
        if (!std::in_range<std::int64_t>(extent)) refuse_extent(static_cast<std::uint64_t>(extent), where);
        values.push_back(static_cast<std::int64_t>(extent));
      }
      assign({values.data(), values.size()}, where);
    }
  }
  // Copied where others are moved, so that none is left without its extents.
  Shape(const Shape&) = default;
  Shape& operator=(const Shape&) = default;

  std::size_t rank() const noexcept { return extents_.size(); }
  /// The extent of an axis; negative ones count from the end. IndexError outside the rank.
  std::int64_t operator[](Axis axis) const {
    const auto count = static_cast<std::int64_t>(rank());
    const std::int64_t at = axis.number < 0 ? axis.number + count : axis.number;
    if (at < 0 || at >= count) refuse_axis(axis);
    return extents_.data()[at];
  }
  const std::int64_t* begin() const noexcept { return extents_.data(); }
  const std::int64_t* end() const noexcept { return extents_.data() + extents_.size(); }
  std::span<const std::int64_t> extents() const& noexcept { return {begin(), end()}; }
  /// The extents of a temporary shape, copied.
  boost::container::static_vector<std::int64_t, max_rank> extents() const&& noexcept { return extents_; }

  /// The number of elements: 1 for rank 0, 0 where any extent is 0.
  std::int64_t elements() const noexcept;

  friend bool operator==(const Shape& a, const Shape& b) noexcept { return a.extents_ == b.extents_; }

 private:
  void assign(std::span<const std::int64_t> extents, const std::source_location& where);
  [[noreturn]] void refuse_axis(const Axis& axis) const;
  [[noreturn]] static void refuse_extent(std::uint64_t extent, const std::source_location& where);

  boost::container::static_vector<std::int64_t, max_rank> extents_;
};

/// Distances between neighbours along each axis, in elements; 0 where an axis is broadcast.
class Strides : public boost::container::static_vector<std::int64_t, max_rank> {
 public:
  using static_vector::static_vector;

  // The stride of an axis; negative ones count from the end. IndexError outside the rank.
  std::int64_t operator[](Shape::Axis axis) const { return data()[position(axis)]; }
  std::int64_t& operator[](Shape::Axis axis) { return data()[position(axis)]; }

 private:
  std::int64_t position(const Shape::Axis& axis) const {
    const auto count = static_cast<std::int64_t>(size());
    const std::int64_t at = axis.number < 0 ? axis.number + count : axis.number;
    if (at < 0 || at >= count) refuse_axis(axis);
    return at;
  }
  [[noreturn]] void refuse_axis(const Shape::Axis& axis) const;
};

/// "(3, 4)"; "()" for a single number; "(3)" for one axis.
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

namespace engine {

/// Strides of a row-major array of this shape.
Strides row_major(const Shape& shape);

/// The shape that a and b broadcast to (NumPy's rule: axes are matched from the last; extents are equal or 1).
/// Returns false where they do not fit, and where they fit but the resulting shape would have more elements than 63 bits
/// count.
bool broadcast(const Shape& a, const Shape& b, Shape& result);

/// Strides that let the memory of an array (`from`, `strides`) be seen with another shape of as many elements. Returns
/// false where only a copy can give that shape.
bool reshape_strides(const Shape& from, const Strides& strides, const Shape& to, Strides& result);

/// An axis counted from the end if negative, as 0 … rank−1. Returns false where it is out of range.
bool normalise_axis(std::int64_t axis, std::size_t rank, std::size_t& result);

}  // namespace engine

}  // namespace capstan
