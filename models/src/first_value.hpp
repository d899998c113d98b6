// Checks of the builders' options, and the first value of a weight.
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

/// Calls the initializer for a weight. ValueError if there is none; ShapeError and DTypeError if it returns another
/// shape or dtype, as a user's own may.
Tensor first_value(std::string_view model, std::string_view weight, const init::Initializer& init, const Shape& shape,
                   Rng& rng, DType dtype, const std::source_location& where);

}  // namespace capstan::models
