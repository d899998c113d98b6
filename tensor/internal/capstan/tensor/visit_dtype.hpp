// Elements by their run-time type or size: a visit that hands a value of the C++ type to a generic function, and
// conversions that refuse what an integer cannot hold.
#pragma once

#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>

#include <fmt/format.h>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// Calls visitor(T{}) with T the C++ type of the dtype. Besides visit_floating, no other place chooses a type by a
/// dtype: for a new dtype, the compiler names the functions that do not take it yet.
template <class Visitor>
decltype(auto) visit_dtype(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f32:
      return visitor(float{});
    case DType::f64:
      return visitor(double{});
    case DType::i32:
      return visitor(std::int32_t{});
  }
  __builtin_unreachable();
}

/// Calls visitor(T{}) for a dtype that is floating; the caller has refused others.
template <class Visitor>
decltype(auto) visit_floating(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f32:
      return visitor(float{});
    case DType::f64:
      return visitor(double{});
    case DType::i32:
      break;
  }
  assert(is_floating(dtype));
  __builtin_unreachable();
}

/// Calls visitor(Word{}) with the unsigned integer of an element's size, for what moves elements whatever they mean.
template <class Visitor>
decltype(auto) visit_size(std::size_t element_size, Visitor&& visitor) {
  if (element_size == sizeof(std::uint64_t)) return visitor(std::uint64_t{});
  assert(element_size == sizeof(std::uint32_t));
  return visitor(std::uint32_t{});
}

/// Converts a number to an element; fractions are cut off for i32. ValueError where i32 cannot hold it, NaN included.
template <Element To, class From>
To convert(From value, std::string_view who, const std::source_location& where) {
  if constexpr (!is_floating(dtype_of<To>()) && !std::is_same_v<To, From>) {
    const double number = std::trunc(static_cast<double>(value));
    const bool fits = number >= -2147483648.0 && number <= 2147483647.0;  // false for NaN
    if (!fits) throw ValueError{fmt::format("{}: i32 cannot hold {}\n  at {}", who, value, place(where))};
  }
  return static_cast<To>(value);
}

}  // namespace capstan
