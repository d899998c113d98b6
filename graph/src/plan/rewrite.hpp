// Rewrite: what a plan computes in place of what was recorded. A pass over a request makes it of the nodes that are
// needed: each of its nodes has the value of a node of the recording, by the same op or by another, of the same inputs or
// of others, and two may have the value of one. The planner takes it for a recording; the plan knows the recording's
// own nodes only.
#pragma once

#include <span>
#include <vector>

#include <capstan/tensor/pod_vector.hpp>
#include "plan/plan.hpp"
#include "tape/recording.hpp"

namespace capstan {

class Rewrite {
 public:
  explicit Rewrite(const PlanRequest& request) : of_{request} {
    recording_.keep_version = request.recording.keep_version;
  }

  /// Appends a node with the value of one of the recording. Inputs are nodes of this. A leaf or a value that is there
  /// has none.
  NodeId push(NodeId original, std::span<const NodeId> inputs);
  /// The same by another op. A node that a gradient needs is one of it, whatever its op.
  NodeId push(NodeId original, const Op& op, std::span<const NodeId> inputs, std::span<const Word> words);
  /// The node that is read after the run, as the original was to be.
  void want(NodeId id) { wanted_.push_back(id); }

  /// For the next pass, or the planner.
  PlanRequest request() const;
  /// The plan of that request, for the recording's own nodes.
  Plan restore(Plan plan) const;

  Node& node(NodeId id) { return recording_.nodes[id]; }
  NodeId size() const noexcept { return static_cast<NodeId>(original_.size()); }

 private:
  const PlanRequest& of_;
  Recording recording_;
  PodVector<NodeId> original_;  ///< of each node
  std::vector<NodeId> wanted_;
};

}  // namespace capstan
