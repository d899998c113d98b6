#include "per_axis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/error.hpp>

namespace capstan {

void check_one_for_each(std::string_view op, std::size_t axes, std::initializer_list<NamedOption> options,
                        const Operand& x, std::source_location where) {
  for (const auto& [name, numbers, may_be_left_out] : options) {
    if (numbers.size() == axes || (numbers.empty() && may_be_left_out)) continue;
    throw ValueError{refusal(op,
                             fmt::format("there must be one {} for each of {} axes, got {}: ({})", name, axes,
                                         numbers.size(), fmt::join(numbers, ", ")),
                             {{"x", x}}, where)};
  }
}

Shape checked_shape(const Signature& s, const Strides& extents, std::initializer_list<std::string_view> labels) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : extents) {
    if (extent != 0 && __builtin_mul_overflow(elements, extent, &elements)) {
      throw ShapeError{s.message(
          fmt::format("the result ({}) would have more elements than 63 bits count", fmt::join(extents, ", ")),
          labels)};
    }
  }
  return Shape(extents);
}

}  // namespace capstan
