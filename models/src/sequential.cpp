#include <capstan/models/sequential.hpp>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

namespace capstan::models {

void Layer::refuse_none(const std::source_location& where) {
  throw ValueError{fmt::format("Layer: there is none, it was moved from\n  at {}", place(where))};
}

Layer& Sequential::at(std::int64_t i, std::source_location where) {
  if (i >= 0 && i < std::ssize(layers_)) return layers_[static_cast<std::size_t>(i)];
  throw IndexError{
      fmt::format("Sequential: layer {} is out of range for {} layers\n  at {}", i, layers_.size(), place(where))};
}

Var Sequential::operator()(const Operand& x, const Pass& pass) const {
  const std::source_location where = x.where();
  const Composite composite{"Sequential", {&x}, where};
  Var a = x.var();
  for (const Layer& layer : layers_) a = layer({a, where}, pass);
  return a;
}

Var Residual::operator()(const Operand& x, const Pass& pass) const {
  const std::source_location where = x.where();
  const Composite composite{"Residual", {&x}, where};
  const Var around = projection ? (*projection)(x, pass) : x.var();
  const Var through = inner(x, pass);
  if (around.shape() != through.shape()) {
    throw ShapeError{refusal("Residual",
                             fmt::format("{} and f(x) must have one shape, got {} and {}", projection ? "P(x)" : "x",
                                         to_string(around.shape()), to_string(through.shape())),
                             {{projection ? "P(x)" : "x", around}, {"f(x)", through}}, where)};
  }
  return add(around, through, where);
}

}  // namespace capstan::models
