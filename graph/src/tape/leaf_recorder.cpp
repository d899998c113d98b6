#include "tape/leaf_recorder.hpp"

#include <array>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

namespace {

Number encode(double value, DType dtype) {
  Number number{};
  visit_dtype(dtype, [&]<class T>(T) {
    const T element = static_cast<T>(value);
    std::memcpy(number.bytes, &element, sizeof element);
  });
  return number;
}

}  // namespace

NodeId LeafRecorder::leaf(const Op& kind, const Tensor& value, std::source_location where) {
  if (!value.storage()) {
    throw ValueError{
        fmt::format("{}: there is no tensor, it was moved from or never assigned\n  at {}", kind.name(), place(where))};
  }
  const LeafWords words = leaf_words(value);
  const NodeId id = recorder_.append({kind, {}, {words.data(), words.size()}}, where);
  Leaf& leaf = recorder_.now().leaves[recorder_.node(id).detail];
  if (leaf.value.storage() != value.storage() || leaf.value.raw() != value.raw()) leaf.value = value;
  leaf.version = value.version();
  return id;
}

NodeId LeafRecorder::variable(const Tensor& value, std::string_view name, std::source_location where) {
  if (!is_floating(value.dtype())) {
    throw DTypeError{
        fmt::format("variable: a variable must be f32 or f64, got {}; record it with tape.constant\n  at {}",
                    name_of(value.dtype()), place(where))};
  }
  const NodeId id = leaf(variable_op(), value, where);
  recorder_.now().leaves[recorder_.node(id).detail].name = name;
  return id;
}

NodeId LeafRecorder::buffer(const Buffer& b, std::source_location where) {
  const NodeId id = leaf(buffer_op(), b.value(where), where);
  recorder_.now().leaves[recorder_.node(id).detail].name = b.name();
  return id;
}

NodeId LeafRecorder::parameter(const Parameter& p, std::source_location where) {
  // A refused op may have taken the parameter's node back.
  const NodeId head = recorder_.head();
  if (const NodeId* known = parameters_.find(p.identity()); known != nullptr && *known < head && is_node_of(*known, p))
    return *known;
  parameters_.reserve(1);
  // The memory, shape and dtype of a parameter's value never change.
  const bool repeats = head < recorder_.now().nodes.size() && is_node_of(head, p);
  const NodeId id = repeats ? recorder_.pass(where) : leaf(parameter_op(), p.value(where), where);
  Leaf& leaf = recorder_.now().leaves[recorder_.node(id).detail];
  leaf.version = p.version();
  if (!leaf.parameter || !(*leaf.parameter == p)) leaf.parameter = p;
  parameters_.insert(p.identity(), id);
  return id;
}

bool LeafRecorder::is_node_of(NodeId id, const Parameter& p) const noexcept {
  const Node& n = recorder_.node(id);
  if (n.op != &parameter_op()) return false;
  const std::optional<Parameter>& known = recorder_.now().leaves[n.detail].parameter;
  return known && *known == p;
}

NodeId LeafRecorder::number(double value, DType dtype, std::source_location where) {
  const Number number = encode(value, dtype);
  const std::array<Word, 2> words{static_cast<Word>(dtype), std::bit_cast<Word>(number)};
  if (recorder_.calls().literals()) return recorder_.append({literal_op(), {}, words}, where);
  const NodeId id = recorder_.append({number_op(), {}, std::span{words}.first(1)}, where);
  recorder_.now().numbers[recorder_.node(id).detail] = number;
  return id;
}

}  // namespace capstan
