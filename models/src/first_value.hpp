// What the builders check before they make a parameter.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include <capstan/models/init.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::models {

/// ValueError, naming the option and its value, unless it is at least 1.
void check_extent(std::string_view model, std::string_view option, std::int64_t value,
                  const std::source_location& where);

/// DTypeError for i32.
void check_dtype(std::string_view model, DType dtype, const std::source_location& where);

/// What the initializer gives for a weight. ValueError if there is none; as it may be the user's own, ShapeError and
/// DTypeError if it gives something else.
Tensor first_value(std::string_view model, std::string_view weight, const init::Initializer& init, const Shape& shape,
                   Rng& rng, DType dtype, const std::source_location& where);

}  // namespace capstan::models
