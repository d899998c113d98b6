#include "tape/custom/function_op.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

namespace {

/// The floating dtype that the operands share; i32 operands, such as labels, are not counted.
DType result_dtype(const Signature& signature) {
  DType common = DType::i32;
  for (std::size_t i = 0; i < signature.size(); ++i) {
    const DType dtype = signature.dtype(i);
    if (is_floating(common) && is_floating(dtype) && dtype != common) {
      throw DTypeError{signature.message(fmt::format("operands must have the same dtype, got {} and {}", common, dtype),
                                         {}, literals_hint)};
    }
    if (is_floating(dtype)) common = dtype;
  }
  return common;
}

}  // namespace

ArrayType CallFunctionOp::infer(const Signature& signature) const {
  const DType dtype = result_dtype(signature);
  std::vector<Shape> shapes;
  shapes.reserve(signature.size());
  for (std::size_t i = 0; i < signature.size(); ++i) shapes.push_back(signature.shape(i));
  if (options().shape) return {dtype, options().shape(shapes)};
  for (const Shape& shape : shapes) {
    if (shape == shapes[0]) continue;
    throw ShapeError{signature.message(
        fmt::format(
            "operands must have the same shape unless CustomOpOptions::shape says what they give, got {} and {}",
            shapes[0], shape),
        {})};
  }
  return {dtype, shapes[0]};
}

void FunctionOp::apply_rule(const Rule& rule, std::span<Var> dx) const {
  if (!options().gradient) return;
  const std::vector<Var> answer = options().gradient(CustomGradient{rule});
  if (answer.size() != dx.size()) {
    throw ValueError{fmt::format(
        "{}: the gradient rule must give one Var an operand, empty where there is no gradient, got {} for {} operands"
        "\n  at {}",
        options().name, answer.size(), dx.size(), place(rule.where()))};
  }
  std::copy(answer.begin(), answer.end(), dx.begin());
}

std::shared_ptr<FunctionOp> make_function_op(const std::shared_ptr<const CustomDefinition>& definition,
                                             std::size_t operands) {
  if (definition->options.elementwise) return std::make_shared<ElementwiseFunctionOp>(definition, operands);
  return std::make_shared<CallFunctionOp>(definition);
}

}  // namespace capstan
