// Base classes and functions for the structs of elementwise operations. Such a struct has
//
//   Kernel                              the arithmetic, with name and options (capstan/kernels/elementwise)
//   inputs                              labels for messages and drawings: from Unary, Binary or Derivative
//   gradient(const Rule& r)             dx, for one input; for several: gradient(r, dx). None: no gradient passes
//   cheap = true                        if it is a few instructions, so that recomputing may cost less than saving
//   Attributes                          if it has options: the kernel's
//
// list.hpp names them all. The rule may use any op; an op that serves gradients only is recorded by `apply`.
#pragma once

#include <source_location>
#include <span>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/elementwise.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::elementwise {

struct Unary {
  static constexpr std::string_view inputs[] = {"x"};
};

struct Binary {
  static constexpr std::string_view inputs[] = {"a", "b"};
};

/// The gradient of an op by one of its operands: dx from dy and what the derivative is computed from.
struct Derivative {
  static constexpr std::string_view inputs[] = {"dy", "x"};
};

/// The op that a struct describes. Defined in tape.cpp for all in the list.
template <class S>
const Op& op_of() noexcept;

/// Records the op that a struct describes.
template <class S>
Var apply(std::source_location where, const Operand& x) {
  return record(op_of<S>(), {&x}, {}, where);
}
template <class S>
Var apply(std::source_location where, const Operand& a, const Operand& b) {
  return record(op_of<S>(), {&a, &b}, {}, where);
}
template <class S>
Var apply(std::source_location where, const Operand& a, const Operand& b, const Operand& c) {
  return record(op_of<S>(), {&a, &b, &c}, {}, where);
}

/// Records it with options.
template <class S>
Var apply_with(const typename S::Attributes& attributes, std::source_location where, const Operand& x) {
  return record(op_of<S>(), {&x}, to_words(attributes), where);
}
template <class S>
Var apply_with(const typename S::Attributes& attributes, std::source_location where, const Operand& a,
               const Operand& b) {
  return record(op_of<S>(), {&a, &b}, to_words(attributes), where);
}
template <class S>
Var apply_with(const typename S::Attributes& attributes, std::source_location where, const Operand& a, const Operand& b,
               const Operand& c) {
  return record(op_of<S>(), {&a, &b, &c}, to_words(attributes), where);
}

}  // namespace capstan::elementwise
