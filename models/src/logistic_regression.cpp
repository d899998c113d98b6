#include <capstan/models/logistic_regression.hpp>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>
#include "first_value.hpp"
#include "input_checks.hpp"

namespace capstan::models {

namespace {

constexpr std::string_view name = "LogisticRegression";

/// The model is one unit: for the initializer w is the weight (outputs, inputs) = (1, n_x), stored as a column.
Parameter make_weight(const LogisticRegressionOptions& options, const std::source_location& where) {
  check_extent(name, "inputs", options.inputs, where);
  check_dtype(name, options.dtype, where);
  Rng rng{options.seed};
  return {"w", first_value(name, "w", options.init, {1, options.inputs}, rng, options.dtype, where).transpose()};
}

}  // namespace

LogisticRegression::LogisticRegression(const LogisticRegressionOptions& options, std::source_location where)
    : w{make_weight(options, where)}, b{"b", Tensor::zeros({1, 1}, options.dtype)} {}

Var LogisticRegression::logits(const Operand& x) const {
  const std::source_location where = x.where();
  const Composite composite{name, {&x}, where};
  const Shape& weight = w.shape(where);
  check_parameter(weight.rank() == 2 && weight[1] == 1, name, "w must be (n_x, 1)", w, where);
  check_parameter(is_column(b.shape(where), 1), name, "b must be (1, 1)", b, where);
  const Shape& shape = x.shape();
  if (shape.rank() != 2 || shape[0] != weight[0]) {
    throw ShapeError{refusal(name,
                             fmt::format("x must be ({}, m), a row for each of w, got {}", weight[0], to_string(shape)),
                             {{"w", w}, {"x", x}}, where)};
  }
  // wᵀX as (Xᵀw)ᵀ: an op needs an operand on the tape, and x is the one that is. Views cost nothing.
  const Var product = matmul(transpose(x, where), w, where);
  return add(transpose(product, where), b, where);
}

Var LogisticRegression::operator()(const Operand& x) const {
  const Composite composite{name, {&x}, x.where()};
  return sigmoid(logits(x), x.where());
}

Var LogisticRegression::cost(const Operand& x, const Operand& y) const {
  const Composite composite{name, {&x, &y}, x.where()};
  return binary_cross_entropy_with_logits(logits(x), y, {}, x.where());
}

Tensor LogisticRegression::predict(const Tensor& x, std::source_location where) const {
  Tape tape{{.inference = true}};
  return decide((*this)({tape.constant(x, where), where}).value(where), decision(), where);
}

}  // namespace capstan::models
