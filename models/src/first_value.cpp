#include "first_value.hpp"

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::models {

void check_extent(std::string_view model, std::string_view option, std::int64_t value,
                  const std::source_location& where) {
  if (value >= 1) return;
  throw ValueError{fmt::format("{}: {} must be at least 1, got {}\n  at {}", model, option, value, place(where))};
}

void check_dtype(std::string_view model, DType dtype, const std::source_location& where) {
  if (!is_floating(dtype)) {
    throw DTypeError{fmt::format("{}: dtype must be f32 or f64, got {}\n  at {}", model, name_of(dtype), place(where))};
  }
}

Tensor first_value(std::string_view model, std::string_view weight, const init::Initializer& init, const Shape& shape,
                   Rng& rng, DType dtype, const std::source_location& where) {
  if (!init) throw ValueError{fmt::format("{}: init must be an initializer, got none\n  at {}", model, place(where))};
  Tensor value = init(shape, rng, dtype);
  if (value.shape() != shape) {
    throw ShapeError{fmt::format("{}: the initializer must give {} the shape {}, got {}\n  at {}", model, weight,
                                 to_string(shape), to_string(value.shape()), place(where))};
  }
  if (value.dtype() != dtype) {
    throw DTypeError{fmt::format("{}: the initializer must give {} the dtype {}, got {}\n  at {}", model, weight,
                                 name_of(dtype), name_of(value.dtype()), place(where))};
  }
  return value;
}

}  // namespace capstan::models
