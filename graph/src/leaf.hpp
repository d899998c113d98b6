// Leaves: nodes without inputs, whose values come from outside the tape. Their ops only name the four kinds.
#pragma once

#include <span>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/graph/tensor.hpp>

namespace capstan {

class LeafOp final : public Op {
 public:
  constexpr explicit LeafOp(std::string_view name) noexcept : name_{name} {}
  std::string_view name() const noexcept override { return name_; }
  ArrayType infer(const Signature& signature) const override;

 private:
  std::string_view name_;
};

namespace leaves {
extern const LeafOp constant, variable, parameter, number;
}  // namespace leaves

inline const Op& constant_op() noexcept { return leaves::constant; }
inline const Op& variable_op() noexcept { return leaves::variable; }
inline const Op& parameter_op() noexcept { return leaves::parameter; }
inline const Op& number_op() noexcept { return leaves::number; }

inline bool is_number(const Op& op) noexcept { return &op == &number_op(); }
inline bool is_wanted_leaf(const Op& op) noexcept { return &op == &variable_op() || &op == &parameter_op(); }
inline bool is_leaf(const Op& op) noexcept { return is_wanted_leaf(op) || &op == &constant_op() || is_number(op); }

/// dtype, extents, strides: what leaves must agree in to be the same node.
using LeafWords = boost::container::static_vector<Word, 1 + 2 * max_rank>;
LeafWords leaf_words(const Tensor& value);
Strides leaf_strides(std::span<const Word> words);

}  // namespace capstan
