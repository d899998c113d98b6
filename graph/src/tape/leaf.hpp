// Leaves: nodes without inputs, whose values come from outside the tape. Their ops only name the six kinds.
#pragma once

#include <span>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

class LeafOp final : public Op {
 public:
  constexpr explicit LeafOp(std::string_view name) noexcept : Op{{.kind = Kind::leaf}}, name_{name} {}
  std::string_view name() const noexcept override { return name_; }
  ArrayType infer(const Signature& signature) const override;
  /// Never asked: std::logic_error.
  Computation computation(const Types& types, std::span<const Word> words) const override;

 private:
  std::string_view name_;
};

namespace leaves {
extern const LeafOp constant, variable, parameter, buffer, number, literal;
}  // namespace leaves

inline const Op& constant_op() noexcept { return leaves::constant; }
inline const Op& variable_op() noexcept { return leaves::variable; }
inline const Op& parameter_op() noexcept { return leaves::parameter; }
inline const Op& buffer_op() noexcept { return leaves::buffer; }
/// The op of a number in the user's program. As with any leaf, the value may differ when the node is recorded again.
inline const Op& number_op() noexcept { return leaves::number; }
/// The op of a number in a gradient rule. The value is an attribute of the node, so that a gradient that is found again
/// has the numbers that it was recorded with, whatever was recorded over it in between.
inline const Op& literal_op() noexcept { return leaves::literal; }

inline bool is_literal(const Op& op) noexcept { return &op == &literal_op(); }
inline bool is_number(const Op& op) noexcept { return &op == &number_op() || is_literal(op); }
inline bool is_wanted_leaf(const Op& op) noexcept { return &op == &variable_op() || &op == &parameter_op(); }
inline bool holds_tensor(const Op& op) noexcept {
  return is_wanted_leaf(op) || &op == &constant_op() || &op == &buffer_op();
}
inline bool is_leaf(const Op& op) noexcept { return holds_tensor(op) || is_number(op); }

/// Dtype, extents and strides: two leaves are the same node if these are equal.
using LeafWords = boost::container::static_vector<Word, 1 + 2 * max_rank>;
LeafWords leaf_words(const Tensor& value);
Strides leaf_strides(std::span<const Word> words);

}  // namespace capstan
