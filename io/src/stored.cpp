#include "stored.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

namespace capstan::io {

static_assert(std::endian::native == std::endian::little, "files are read and written as little-endian memory");

namespace {

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};
struct Truth {
  std::uint8_t bits;
};

/// Calls visitor(T{}) with the type of an element in the file.
template <class Visitor>
auto visit_stored(Stored type, Visitor&& visitor) {
  switch (type) {
    case Stored::f64:
      return visitor(double{});
    case Stored::f32:
      return visitor(float{});
    case Stored::f16:
      return visitor(Half{});
    case Stored::bf16:
      return visitor(Brain{});
    case Stored::i64:
      return visitor(std::int64_t{});
    case Stored::i32:
      return visitor(std::int32_t{});
    case Stored::i16:
      return visitor(std::int16_t{});
    case Stored::i8:
      return visitor(std::int8_t{});
    case Stored::u64:
      return visitor(std::uint64_t{});
    case Stored::u32:
      return visitor(std::uint32_t{});
    case Stored::u16:
      return visitor(std::uint16_t{});
    case Stored::u8:
      return visitor(std::uint8_t{});
    case Stored::boolean:
      return visitor(Truth{});
  }
  __builtin_unreachable();
}

// IEEE 754 binary16 to binary32, exact: the exponent has another bias, and a number below the normal ones is
// normalised.
float widen(Half half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half.bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (half.bits >> 10U) & 0x1FU;
  const std::uint32_t fraction = half.bits & 0x3FFU;
  if (exponent == 0) {
    const float size = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23U | fraction << 13U);
}

// bfloat16 is the upper half of binary32.
float widen(Brain brain) { return std::bit_cast<float>(static_cast<std::uint32_t>(brain.bits) << 16U); }

template <class T>
T load(const std::byte* from, bool swapped) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if (swapped) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

[[noreturn]] void refuse_number(const StoredElements& elements, std::size_t position, std::string_view number,
                                const data::Origin& origin) {
  origin.refuse(fmt::format("tensor {} holds {} at position {}, which i32 cannot hold", data::excerpt(elements.name),
                            number, position),
                fmt::format("offset {}", elements.offset + position * size_of(elements.type)));
}

template <class T>
constexpr bool may_not_fit = std::is_integral_v<T> && (sizeof(T) > 4 || std::is_same_v<T, std::uint32_t>);

template <class T>
void check_number(T value, const StoredElements& elements, std::size_t position, const data::Origin& origin) {
  if constexpr (may_not_fit<T>) {
    if (!std::in_range<std::int32_t>(value)) refuse_number(elements, position, fmt::format("{}", value), origin);
  }
}

/// One element as it is here. A truth value is 0 or 1; others are taken as C takes them.
template <class T>
auto converted(T value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, Brain>) {
    return widen(value);
  } else if constexpr (std::is_same_v<T, Truth>) {
    return static_cast<std::int32_t>(value.bits != 0);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int32_t>(value);
  } else {
    return value;
  }
}

constexpr std::array names{
    std::pair{Stored::f64, std::string_view{"F64"}},     std::pair{Stored::f32, std::string_view{"F32"}},
    std::pair{Stored::f16, std::string_view{"F16"}},     std::pair{Stored::bf16, std::string_view{"BF16"}},
    std::pair{Stored::i64, std::string_view{"I64"}},     std::pair{Stored::i32, std::string_view{"I32"}},
    std::pair{Stored::i16, std::string_view{"I16"}},     std::pair{Stored::i8, std::string_view{"I8"}},
    std::pair{Stored::u64, std::string_view{"U64"}},     std::pair{Stored::u32, std::string_view{"U32"}},
    std::pair{Stored::u16, std::string_view{"U16"}},     std::pair{Stored::u8, std::string_view{"U8"}},
    std::pair{Stored::boolean, std::string_view{"BOOL"}}};

}  // namespace

std::size_t size_of(Stored type) noexcept {
  return visit_stored(type, []<class T>(T) { return sizeof(T); });
}

DType read_as(Stored type) noexcept {
  return visit_stored(type, []<class T>(T value) { return dtype_of<decltype(converted(value))>(); });
}

Stored stored_as(DType dtype) noexcept {
  if (dtype == DType::f64) return Stored::f64;
  return dtype == DType::f32 ? Stored::f32 : Stored::i32;
}

std::string_view safetensors_name(Stored type) noexcept {
  return std::ranges::find(names, type, [](const auto& pair) { return pair.first; })->second;
}

std::optional<Stored> find_safetensors_type(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(names, name, [](const auto& pair) { return pair.second; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

bool as_in_memory(const StoredElements& elements) noexcept {
  return !elements.swapped && elements.type == stored_as(read_as(elements.type));
}

void convert(const StoredElements& elements, void* to, const data::Origin& origin) {
  if (elements.bytes.empty()) return;
  if (as_in_memory(elements)) {
    std::memcpy(to, elements.bytes.data(), elements.bytes.size());
    return;
  }
  visit_stored(elements.type, [&]<class T>(T) {
    auto* out = static_cast<decltype(converted(T{}))*>(to);
    const std::size_t count = elements.bytes.size() / sizeof(T);
    for (std::size_t i = 0; i < count; ++i) {
      const T value = load<T>(elements.bytes.data() + i * sizeof(T), elements.swapped);
      check_number(value, elements, i, origin);
      out[i] = converted(value);
    }
  });
}

void check_fits(const StoredElements& elements, const data::Origin& origin) {
  visit_stored(elements.type, [&]<class T>(T) {
    if constexpr (may_not_fit<T>) {
      for (std::size_t i = 0; i < elements.bytes.size() / sizeof(T); ++i)
        check_number(load<T>(elements.bytes.data() + i * sizeof(T), elements.swapped), elements, i, origin);
    }
  });
}

Tensor make_tensor(const StoredElements& elements, const Shape& shape, const data::Origin& origin) {
  const Tensor result = Tensor::empty(shape, read_as(elements.type), origin.where);
  convert(elements, result.raw(), origin);
  return result;
}

}  // namespace capstan::io
