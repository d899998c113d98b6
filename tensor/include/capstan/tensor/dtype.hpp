// The element types of a tensor. f32 is the default everywhere; f64 serves gradient checks; i32 holds labels, indices
// and the results of comparisons between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <type_traits>

namespace capstan {

enum class DType : std::uint8_t { f32, f64, i32 };

/// Bytes of an element.
constexpr std::size_t size_of(DType dtype) noexcept {
  switch (dtype) {
    case DType::f32:
      return sizeof(float);
    case DType::f64:
      return sizeof(double);
    case DType::i32:
      return sizeof(std::int32_t);
  }
  return 0;
}

/// "f32", "f64" or "i32".
constexpr std::string_view name_of(DType dtype) noexcept {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i32:
      return "i32";
  }
  return {};
}

std::ostream& operator<<(std::ostream& out, DType dtype);

/// True for f32 and f64, the dtypes that have gradients.
constexpr bool is_floating(DType dtype) noexcept { return dtype == DType::f32 || dtype == DType::f64; }

template <class T>
concept Element = std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int32_t>;

/// The DType that stores a C++ element type.
template <Element T>
constexpr DType dtype_of() noexcept {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  return DType::i32;
}

}  // namespace capstan
