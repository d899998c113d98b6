// Checks of layers and builders before they record: a vector, or a stack of matrices, would silently broadcast against
// the bias or be normalised along the wrong axis.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>

namespace capstan::models {

/// ShapeError, naming the model and the weight, unless x has rank 2, (features, m).
void check_examples(std::string_view model, const Parameter& weight, std::int64_t features, const Operand& x,
                    const std::source_location& where);

/// ShapeError with the rule ("w must be (n_x, 1)") unless the parameter fits it: members can be replaced.
void check_parameter(bool fits, std::string_view model, std::string_view rule, const Parameter& p,
                     const std::source_location& where);

/// True if the shape is (rows, 1).
inline bool is_column(const Shape& shape, std::int64_t rows) {
  return shape.rank() == 2 && shape.begin()[0] == rows && shape.begin()[1] == 1;
}

}  // namespace capstan::models
