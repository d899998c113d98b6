// fmt formatters: `fmt::print("{} {}", shape, tensor)`. Small tensors print whole, large ones with "…" in the middle.
#pragma once

#include <string>
#include <string_view>

#include <fmt/core.h>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// The elements in brackets, with shape and dtype; of a large tensor the first and the last ones.
std::string to_string(const Tensor& tensor);

namespace detail {

/// Writes text as `spec` says (width, alignment). Compiled here once, so that users need only <fmt/core.h>.
fmt::format_context::iterator write_text(const fmt::formatter<std::string_view>& spec, std::string_view text,
                                         fmt::format_context& context);

}  // namespace detail

namespace engine {

/// A number to be printed: NaN without its sign, which means nothing and would be printed as "-nan".
double printable(double number) noexcept;

}  // namespace engine

}  // namespace capstan

template <>
struct fmt::formatter<capstan::DType> : fmt::formatter<std::string_view> {
  auto format(capstan::DType dtype, fmt::format_context& context) const {
    return capstan::detail::write_text(*this, capstan::name_of(dtype), context);
  }
};

template <>
struct fmt::formatter<capstan::Shape> : fmt::formatter<std::string_view> {
  auto format(const capstan::Shape& shape, fmt::format_context& context) const {
    return capstan::detail::write_text(*this, capstan::to_string(shape), context);
  }
};

template <>
struct fmt::formatter<capstan::Tensor> : fmt::formatter<std::string_view> {
  auto format(const capstan::Tensor& tensor, fmt::format_context& context) const {
    return capstan::detail::write_text(*this, capstan::to_string(tensor), context);
  }
};
