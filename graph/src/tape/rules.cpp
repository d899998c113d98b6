// Signature and Rule, which shape rules and gradient rules are given, and the default implementations of Op.

#include <stdexcept>

#include <fmt/core.h>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/tree.hpp>
#include <capstan/kernels/product/matrix_vector.hpp>
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
std::source_location Rule::where() const { return recorder_.node(node_).where; }

void Op::gradient(const Rule&, std::span<Var>) const {}
std::optional<Layout> Op::view(const Layout&, const Shape&, std::span<const Word>) const { return std::nullopt; }
void Op::forward(const Forward&) const { throw std::logic_error{fmt::format("{} has no kernel", name())}; }
std::optional<kernels::Folding> Op::folding(const ArrayType&, std::span<const Word>) const { return std::nullopt; }
std::optional<kernels::MatrixVector> Op::matrix_vector(std::span<const Array>) const { return std::nullopt; }
bool Op::accepts(std::size_t, const Array&) const { return false; }
bool Op::accumulates(std::span<const Shape* const>) const { return false; }
std::size_t Op::scratch_bytes(std::span<const Array>, const Array&, std::span<const Word>, int) const { return 0; }

}  // namespace capstan
