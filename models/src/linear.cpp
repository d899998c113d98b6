#include <capstan/models/linear.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>

#include <capstan/tensor/engine.hpp>
#include "first_value.hpp"
#include "input_checks.hpp"

namespace capstan::models {

namespace {

Parameter make_weight(const LinearOptions& options, Rng& rng, const std::source_location& where) {
  check_extent("Linear", "inputs", options.inputs, where);
  check_extent("Linear", "outputs", options.outputs, where);
  check_dtype("Linear", options.dtype, where);
  const Shape shape{{options.outputs, options.inputs}, where};
  return {"W", first_value("Linear", "W", options.init, shape, rng, options.dtype, where)};
}

}  // namespace

Linear::Linear(const LinearOptions& options, Rng& rng, std::source_location where)
    : W{make_weight(options, rng, where)} {
  if (options.bias) b.emplace("b", Tensor::zeros({options.outputs, 1}, options.dtype, where));
}

Var Linear::operator()(const Operand& x) const {
  const std::source_location where = x.where();
  const Composite composite{"Linear", {&x}, where};
  const Shape& weight = W.shape(where);
  check_parameter(weight.rank() == 2, "Linear", "W must be (outputs, inputs)", W, where);
  if (b) check_parameter(is_column(b->shape(where), weight[0]), "Linear", "b must be (outputs, 1)", *b, where);
  check_examples("Linear", W, weight[1], x, where);
  const Var product = matmul(W, x, where);
  return b ? add(product, *b, where) : product;
}

}  // namespace capstan::models
