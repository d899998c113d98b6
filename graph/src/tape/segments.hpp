// GradientSegments: the nodes that gradient rules recorded, to be found again when the tape repeats.
#pragma once

#include <cstdint>
#include <vector>

namespace capstan {

using NodeId = std::uint32_t;
constexpr NodeId no_node = UINT32_MAX;

/// The gradients that one sweep recorded, in the nodes from `begin` to `end`. When the tape repeats, the segment is
/// found and not recorded again, unless a rule that may change was called. Nothing in its nodes can have been written
/// since: their numbers are literals, and a rule that always records the same records no other leaf.
struct GradientSegment {
  NodeId y;
  NodeId x;   ///< no_node: every variable and parameter
  NodeId dy;  ///< no_node: ones
  NodeId begin;
  NodeId end;
  struct Result {
    NodeId leaf;
    NodeId gradient;
    bool shared = false;  ///< the node is an earlier result, too, or a value of the user's
  };
  std::vector<Result> results;
  bool may_change = false;

  /// The cotangent that the sweep began with.
  NodeId cotangent() const noexcept { return dy == no_node ? begin : dy; }
};

/// The segments of a recording, in the order in which they begin.
class GradientSegments {
 public:
  /// Finds the segment that begins there with the gradients of y by x and that cotangent; null if there is none.
  GradientSegment* find(NodeId begin, NodeId y, NodeId x, NodeId dy) noexcept;
  /// The last segment that begins at the node or before; null if there is none.
  const GradientSegment* last_before(NodeId id) const noexcept;
  /// Stores the segment in place of the one with the same y, x and dy, if there is one: when the rules were called again,
  /// they may have recorded something else.
  const GradientSegment& keep(GradientSegment&& made);
  /// Drops the segments that end after node `size`.
  void truncate(NodeId size) noexcept;
  void clear() noexcept { all_.clear(); }

 private:
  std::vector<GradientSegment> all_;
};

}  // namespace capstan
