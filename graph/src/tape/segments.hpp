// GradientSegments: the nodes that gradient rules recorded, to be found again when the tape repeats.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
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
    bool shared = false;                         ///< the node is an earlier result, too, or a value of the user's
    std::uint32_t first_rows = 0, end_rows = 0;  ///< in `rows`, where the gradient is a sum of rows
  };
  /// Two nodes: rows that are added to a table of zeros, and their indices.
  struct Rows {
    NodeId rows;
    NodeId indices;
  };
  std::vector<Result> results;
  std::vector<NodeId> origins;  ///< of each of its nodes, the one whose rule recorded it; no_node: the call itself
  bool may_change = false;
  std::vector<Rows> rows = {};

  /// The cotangent that the sweep began with.
  NodeId cotangent() const noexcept { return dy == no_node ? begin : dy; }
};

/// The segments of a recording, in the order in which they begin. Those that were found since the last rewind lend their
/// nodes the lines of this time: the nodes themselves may show those of another call that recorded the same.
class GradientSegments {
 public:
  /// Finds the segment that begins there with the gradients of y by x and that cotangent; null if there is none.
  const GradientSegment* find(NodeId begin, NodeId y, NodeId x, NodeId dy) const noexcept;
  /// The last segment that begins at the node or before; null if there is none.
  const GradientSegment* last_before(NodeId id) const noexcept;
  /// Stores the segment in place of the one with the same y, x and dy, if there is one: when the rules were called again,
  /// they may have recorded something else.
  const GradientSegment& keep(GradientSegment&& made);
  /// Drops the segments that end after node `size`.
  void truncate(NodeId size) noexcept;
  void clear() noexcept {
    all_.clear();
    found_.clear();
  }

  /// A segment is passed over, for a call at this line.
  void pass(const GradientSegment& segment, std::source_location where) noexcept;
  /// Takes back the segments that were passed over and end after the head, or all of them.
  void take_back(NodeId head) noexcept;
  void take_back_all() noexcept { found_.clear(); }

  /// Whose line a node has.
  struct Line {
    NodeId origin;               ///< of this node; no_node: the call's
    std::source_location where;  ///< of the call
  };
  /// Null for a node that no segment passed over holds.
  std::optional<Line> line(NodeId id) const noexcept;

 private:
  struct Found {
    NodeId y;
    NodeId x;
    NodeId dy;
    NodeId begin;
    NodeId end;
    std::source_location where;
  };

  std::vector<GradientSegment> all_;
  std::vector<Found> found_;  ///< one after the other; there is room for all segments
};

}  // namespace capstan
