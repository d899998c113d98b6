// The ops that the engine itself records: it adds gradients, sums them over the axes along which an input was
// broadcast, and broadcasts them. The public `a + b`, `sum_to` and `broadcast_to` record the same ops, so that a pass
// which looks for sums finds both.
#pragma once

#include <source_location>

#include <capstan/graph/op.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// Elementwise a + b, with broadcasting.
const Op& addition() noexcept;
/// Records the sum of x over the axes along which `shape` broadcasts to x's shape. ShapeError if it does not.
Var record_sum_to(const Operand& x, const Shape& shape, std::source_location where);
/// Records a view of x with strides of 0. ShapeError if x does not broadcast to the shape.
Var record_broadcast_to(const Operand& x, const Shape& shape, std::source_location where);

}  // namespace capstan
