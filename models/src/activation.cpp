#include <capstan/models/activation.hpp>

#include <string>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/error.hpp>

namespace capstan {

std::string_view name_of(Activation activation) noexcept {
  switch (activation) {
    case Activation::identity:
      return "identity";
    case Activation::sigmoid:
      return "sigmoid";
    case Activation::tanh:
      return "tanh";
    case Activation::relu:
      return "relu";
    case Activation::leaky_relu:
      return "leaky_relu";
    case Activation::softmax:
      return "softmax";
  }
  return "unknown";
}

namespace {

/// Softmax over axis 0. In a stack of matrices, which matmul makes, the classes are on another axis.
Var over_classes(const Operand& z, const std::source_location& where) {
  const Composite composite{"activate", {&z}, where};
  if (const Shape& shape = z.shape(); shape.rank() != 1 && shape.rank() != 2) {
    const std::string rule =
        fmt::format("softmax needs z (classes, m), or (classes) for one example, got {}", to_string(shape));
    throw ShapeError{refusal("activate", rule, {{"z", z}}, where)};
  }
  return softmax(z, {}, where);
}

}  // namespace

Var activate(const Operand& z, Activation activation, const ActivateOptions& options, std::source_location where) {
  switch (activation) {
    case Activation::identity:
      if (z.kind() != Operand::Kind::var) {
        throw ValueError{refusal("activate", "z must be on a tape", {{"z", z}}, where)};
      }
      return z.var();
    case Activation::sigmoid:
      return sigmoid(z, where);
    case Activation::tanh:
      return tanh(z, where);
    case Activation::relu:
      return relu(z, {}, where);
    case Activation::leaky_relu:
      return leaky_relu(z, {.slope = options.leaky_slope}, where);
    case Activation::softmax:
      return over_classes(z, where);
  }
  throw ValueError{
      refusal("activate", fmt::format("there is no activation {}", static_cast<int>(activation)), {{"z", z}}, where)};
}

}  // namespace capstan
