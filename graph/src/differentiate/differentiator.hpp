// Differentiator: the gradient sweep. It walks the tape from y back to what is wanted, asks each op's rule, and records
// what the rules answer as further nodes. What was recorded so once is found again when the tape repeats; only rules that
// may change are asked again, over what they answered before.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/graph/var.hpp>
#include <capstan/tensor/pod_vector.hpp>

#include "tape/leaf_recorder.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class Differentiator {
 public:
  Differentiator(Recorder& recorder, LeafRecorder& leaves) : recorder_{recorder}, leaves_{leaves} {}

  /// The gradients of y by x (no_node: by every variable and parameter), where dy is that of y (no_node: ones). Where it
  /// throws, who calls takes back what was recorded.
  const GradientSegment& segment(NodeId y, NodeId x, NodeId dy, std::source_location where);

 private:
  GradientSegment record(NodeId y, NodeId x, NodeId dy, std::source_location where);
  NodeId filled(double value, DType dtype, const Shape& shape, std::source_location where);
  void mark_reach(NodeId y, NodeId x);
  void sweep(NodeId y, NodeId cotangent, Calls::Rules& rules, GradientSegment& made);
  void apply_rule(NodeId id, Calls::Rules& rules);
  Var fit_to_input(NodeId id, NodeId input, const Var& dx, std::source_location where) const;

  Recorder& recorder_;
  LeafRecorder& leaves_;
  PodVector<NodeId> cotangents_;  ///< the gradient of each node so far
  std::vector<Var> dx_;           ///< what the rule at hand answers
  PodVector<bool> reach_;         ///< of each node: whether a wanted leaf leads there
  bool may_change_ = false;       ///< whether a rule that may change was asked
};

}  // namespace capstan
