// Signature and Rule, which shape rules and gradient rules are given, and the default implementations of Op.

#include <fmt/core.h>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/describe.hpp"
#include "tape/recorder.hpp"

namespace capstan {

const Shape& Signature::shape(std::size_t input) const { return *recorder_.node(inputs_[input]).shape; }
DType Signature::dtype(std::size_t input) const { return recorder_.node(inputs_[input]).dtype; }

std::string Signature::message(std::string_view rule, std::initializer_list<std::string_view> labels,
                               std::string_view hint) const {
  std::string text = fmt::format("{}: {}", op_.name(), rule);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::string label = i < labels.size() ? std::string{labels.begin()[i]} : fmt::format("operand {}", i + 1);
    text += fmt::format("\n  {}: {}", label, describe(recorder_.now(), inputs_[i]));
  }
  return text + fmt::format("{}\n  at {}", hint, place(where_));
}

DType Signature::common_dtype(std::initializer_list<std::string_view> labels, bool integers) const {
  const DType common = dtype(0);
  for (std::size_t i = 1; i < size(); ++i) {
    if (dtype(i) == common) continue;
    throw DTypeError{message(fmt::format("operands must have the same dtype, got {} and {}", common, dtype(i)), labels,
                             literals_hint)};
  }
  if (!integers && !is_floating(common)) {
    throw DTypeError{message(fmt::format("operands must be f32 or f64, got {}", common), labels, literals_hint)};
  }
  return common;
}

std::size_t Rule::size() const { return recorder_.node(node_).input_count; }
Var Rule::input(std::size_t index) const { return recorder_.var(recorder_.now().inputs(recorder_.node(node_))[index]); }
Var Rule::y() const { return recorder_.var(node_); }
std::span<const Word> Rule::words() const { return recorder_.now().words_of(recorder_.node(node_)); }
std::source_location Rule::where() const { return recorder_.now().line(node_); }

void Op::gradient(const Rule&, std::span<Var>) const {}
Call CallOp::made(const Types&, std::span<const Word>) const { return {}; }

}  // namespace capstan
