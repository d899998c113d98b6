#include "input_checks.hpp"

#include <string>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::models {

void check_examples(std::string_view model, const Parameter& weight, std::int64_t features, const Operand& x,
                    const std::source_location& where) {
  const Shape& shape = x.shape();
  if (shape.rank() == 2) return;
  std::string rule = fmt::format("x must be ({}, m), an example in each column, got {}", features, to_string(shape));
  if (shape == Shape{features}) rule += fmt::format("; one example is reshape(x, {{{}, 1}})", features);
  throw ShapeError{refusal(model, rule, {{weight.name(), weight}, {"x", x}}, where)};
}

void check_parameter(bool fits, std::string_view model, std::string_view rule, const Parameter& p,
                     const std::source_location& where) {
  if (fits) return;
  throw ShapeError{refusal(model, fmt::format("{}, got {}", rule, to_string(p.shape())), {{p.name(), p}}, where)};
}

}  // namespace capstan::models
