// Differentiator: the gradient sweep. It walks the tape from y back to the leaves, calls the gradient rule of each op,
// and so records the gradients as further nodes. When the tape repeats, it finds these nodes again and calls no rule,
// except where a rule may have changed: then the sweep records over the earlier nodes.
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

  /// Finds or records the gradients of y by x (no_node: by every variable and parameter), with the cotangent dy of y
  /// (no_node: ones). If it throws, the caller must take back the nodes that were recorded.
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
  PodVector<NodeId> cotangents_;  ///< per node: the sum of its gradients so far
  std::vector<Var> dx_;           ///< the gradients that the current rule sets
  PodVector<bool> reach_;         ///< per node: true if it depends on x or on a leaf with a gradient
  bool may_change_ = false;       ///< true if a rule that may change was called
};

}  // namespace capstan
