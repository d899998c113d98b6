// The elements that Tensor::from takes: lists of numbers of several types, vectors of any arithmetic type. A number
// that a dtype cannot hold exactly is refused; a fraction is rounded to the nearest number of a floating dtype.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <source_location>
#include <type_traits>

#include <capstan/tensor/dtype.hpp>

namespace capstan::detail {

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

/// The C++ type of the dtype that a tensor takes for elements of this type if nobody says which: float is f32, other
/// floating types are f64, whole numbers of any size and bool are i32.
template <Arithmetic T>
using ElementOf = std::conditional_t<std::is_same_v<T, float>, float,
                                     std::conditional_t<std::is_floating_point_v<T>, double, std::int32_t>>;

/// A number of a list in which not all have one type. long double holds every number of 64 bits.
class ListedNumber {
 public:
  template <Arithmetic T>
  ListedNumber(T value) noexcept : value_{static_cast<long double>(value)}, whole_{std::is_integral_v<T>} {}

  long double value() const noexcept { return value_; }
  bool whole() const noexcept { return whole_; }

 private:
  long double value_;
  bool whole_;  // of an integral type
};

/// Something with a size whose elements are numbers: a std::vector, std::array, std::span or array.
template <class R>
concept Numbers = std::ranges::sized_range<const R> && Arithmetic<std::ranges::range_value_t<const R>>;

[[noreturn]] void refuse_element(long double value, DType dtype, std::size_t position,
                                 const std::source_location& where);

template <Element To>
To to_element(const ListedNumber& number, std::size_t position, const std::source_location& where) {
  const long double value = number.value();
  if constexpr (std::is_same_v<To, std::int32_t>) {
    const bool held = value >= -2147483648.0L && value <= 2147483647.0L && std::trunc(value) == value;
    if (!held) refuse_element(value, dtype_of<To>(), position, where);
    return static_cast<To>(value);
  } else {
    const To element = static_cast<To>(value);
    const bool held =
        number.whole() ? static_cast<long double>(element) == value : std::isfinite(element) || !std::isfinite(value);
    if (!held) refuse_element(value, dtype_of<To>(), position, where);
    return element;
  }
}

/// Writes the numbers one after the other; there is room for all.
template <Element To, class R>
void write_elements(const R& numbers, void* first, const std::source_location& where) {
  To* next = static_cast<To*>(first);
  for (std::size_t position = 0; const auto& number : numbers) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(number)>, To>) {
      *next++ = number;
    } else {
      *next++ = to_element<To>(ListedNumber{number}, position++, where);
    }
  }
}

}  // namespace capstan::detail
