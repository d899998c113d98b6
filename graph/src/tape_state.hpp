// TapeState: the parts of a tape – a recorder of nodes and leaves, a differentiator, the values of the step – put
// together. An eager tape runs each node as it is recorded.
#pragma once

#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/op.hpp>
#include <capstan/graph/tape.hpp>

#include "buffer_updates.hpp"
#include "differentiate/differentiator.hpp"
#include "gradient_sets.hpp"
#include "run/values.hpp"
#include "tape/leaf_recorder.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class engine::TapeState {
 public:
  explicit TapeState(const TapeOptions& options) : options_{options}, recorder_{home()} {}

  // Recording. A call that throws leaves no trace.
  Var record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
             std::source_location where);
  Var record_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const Operand* const> operands,
                    std::source_location where);
  /// Returns the node of one of the operands of an op, or of a function that has this name. An operand that is no Var is
  /// recorded as a leaf; a number takes the dtype of the others.
  template <class Named>
  NodeId operand(const Named& op, const Operand& operand, std::span<const Operand* const> all,
                 std::source_location where);
  Var constant(const Tensor& value, std::source_location where) {
    return recorder_.var(leaves_.constant(value, where));
  }
  Var variable(const Tensor& value, std::string_view name, std::source_location where);
  Var parameter(const Parameter& p, std::source_location where) { return recorder_.var(leaves_.parameter(p, where)); }
  void rewind(std::source_location where);
  TapeMark mark() const noexcept {
    return {recorder_.head(), static_cast<NodeId>(recording().nodes.size()),
            static_cast<std::uint32_t>(values_.results().runs().size()), static_cast<std::uint32_t>(updates_.size()),
            &recording()};
  }
  /// Takes back the nodes that were recorded since the mark, their values, and the updates of buffers.
  void roll_back(const TapeMark& mark) noexcept;

  // Gradients.
  Gradients backward(const Var& loss, std::source_location where);
  Var gradient(const Var& y, const Var& x, const Var* dy, std::source_location where);

  // Buffers.
  void update(const Buffer& buffer, const Var& next, std::source_location where);
  Var latest(const Buffer& buffer, std::source_location where);

  // Values.
  Tensor value(const Var& x, std::source_location where);
  double item(const Var& x, std::source_location where);
  void keep(const Var& x, std::source_location where);

  // Reading.
  NodeId size() const noexcept { return recorder_.head(); }
  /// The plans of the runs since the last rewind.
  std::vector<const Plan*> plans_run() const;
  const Node& node(NodeId id) const noexcept { return recorder_.node(id); }
  const Recording& recording() const noexcept { return recorder_.now(); }
  const TapeOptions& options() const noexcept { return options_; }
  Var var(NodeId id) const noexcept { return recorder_.var(id); }
  TapeHome& home() const noexcept { return *(reinterpret_cast<TapeHome*>(const_cast<TapeState*>(this)) - 1); }
  void check(const Var& x, std::string_view what, std::source_location where) const { recorder_.check(x, what, where); }

 private:
  template <class Named, class Append>
  Var record_operands(const Named& op, std::span<const Operand* const> operands, std::source_location where,
                      Append append);
  const GradientSegment& segment(NodeId y, NodeId x, NodeId dy, std::source_location where);
  void check_differentiable(const Var& y, std::string_view what, std::source_location where) const;

  TapeOptions options_;
  Recorder recorder_;
  LeafRecorder leaves_{recorder_};
  Differentiator differentiator_{recorder_, leaves_};
  Values values_{options_, recorder_};
  GradientSets gradient_sets_;
  BufferUpdates updates_;
  std::vector<NodeId> wanted_;  ///< the nodes that backward requests
};

}  // namespace capstan
