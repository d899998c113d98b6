// Options that have one number for each of several axes, and shapes that are checked before they are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/tensor/engine.hpp>

namespace capstan {

/// An option as an error names it.
struct NamedOption {
  std::string_view name;
  const Extents& numbers;
  bool may_be_left_out = true;
};

/// ValueError unless each option has as many numbers as there are axes, or was left out and may be.
void check_one_for_each(std::string_view op, std::size_t axes, std::initializer_list<NamedOption> options,
                        const Operand& x, std::source_location where);

/// The number for an axis; `otherwise` if the option was left out.
inline std::int64_t number_for(const Extents& option, std::size_t axis, std::int64_t otherwise) noexcept {
  return option.empty() ? otherwise : option[axis];
}

/// The shape of a value with these extents, none of which is negative. ShapeError if it has more elements than 63 bits
/// count.
Shape checked_shape(const Signature& s, const Strides& extents, std::initializer_list<std::string_view> labels = {"x"});

/// How many positions a window of that size covers; INT64_MAX if that does not fit.
constexpr std::int64_t span_of(std::int64_t size, std::int64_t dilation) noexcept {
  std::int64_t span = 0;
  if (__builtin_mul_overflow(size - 1, dilation, &span) || __builtin_add_overflow(span, 1, &span)) return INT64_MAX;
  return span;
}

}  // namespace capstan
