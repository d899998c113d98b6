#include <algorithm>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>

#include "reduction.hpp"

namespace capstan {

namespace {

/// The distances from the mean are squared and summed: the formula that takes the square of the mean from the mean of
/// the squares cancels where the mean is large.
Var variance_of(const Operand& x, const VarianceOptions& options, std::source_location where) {
  const Var centre = mean(x, {.axis = options.axis, .axes = options.axes, .keepdims = true}, where);
  const Var squares = square(subtract(x, centre, where), where);
  const std::int64_t outputs = centre.shape().elements();
  const std::int64_t count = outputs == 0 ? 0 : squares.shape().elements() / outputs;
  const Var total = sum(squares, {.axis = options.axis, .axes = options.axes, .keepdims = options.keepdims}, where);
  return divide(total, std::max<std::int64_t>(count - options.correction, 0), where);
}

void check(std::string_view name, const Operand& x, const VarianceOptions& options, std::source_location where) {
  if (options.correction < 0) {
    throw ValueError{
        refusal(name, fmt::format("correction must not be negative, got {}", options.correction), {{"x", x}}, where)};
  }
  check_reduction(name, x, {.axis = options.axis, .axes = options.axes}, where);
}

}  // namespace

Var variance(const Operand& x, const VarianceOptions& options, std::source_location where) {
  const Composite whole{"variance", {&x}, where};
  check("variance", x, options, where);
  return variance_of(x, options, where);
}

Var stddev(const Operand& x, const VarianceOptions& options, std::source_location where) {
  const Composite whole{"stddev", {&x}, where};
  check("stddev", x, options, where);
  return sqrt(variance_of(x, options, where), where);
}

}  // namespace capstan
