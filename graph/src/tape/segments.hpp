// GradientSegments: what gradient rules recorded, so that it is found again when the tape repeats.
#pragma once

#include <cstdint>
#include <vector>

namespace capstan {

using NodeId = std::uint32_t;
constexpr NodeId no_node = UINT32_MAX;

/// Gradients that were recorded from one head to another: found again, they are not recorded again, unless a rule that
/// may change was asked. The nodes of one that is found hold nothing that can be written: their numbers are literals, and
/// no rule that always answers the same records another leaf.
struct GradientSegment {
  NodeId y;
  NodeId x;   ///< no_node: every variable and parameter
  NodeId dy;  ///< no_node: ones
  NodeId begin;
  NodeId end;
  struct Result {
    NodeId leaf;
    NodeId gradient;
    bool shared = false;                         ///< an earlier result, or a value of the user's, is the same node
    std::uint32_t first_rows = 0, end_rows = 0;  ///< in `rows`, where the gradient is a sum of rows
  };
  /// Two nodes: rows that are added to a table of zeros, and their indices.
  struct Rows {
    NodeId rows;
    NodeId indices;
  };
  std::vector<Result> results;
  bool may_change = false;
  std::vector<Rows> rows = {};

  /// What the gradients are made of.
  NodeId cotangent() const noexcept { return dy == no_node ? begin : dy; }
};

/// The segments of a recording, in the order in which they begin.
class GradientSegments {
 public:
  /// Those that begin there; null if there are none of y by x with that cotangent.
  GradientSegment* find(NodeId begin, NodeId y, NodeId x, NodeId dy) noexcept;
  /// The last that begins at the node or before; null if there is none.
  const GradientSegment* last_before(NodeId id) const noexcept;
  /// Takes the place of the one that was found with the same y, x and dy, if there is one: rules that changed may have
  /// made it another recording's.
  const GradientSegment& keep(GradientSegment&& made);
  /// Forgets what ends after so many nodes.
  void truncate(NodeId size) noexcept;
  void clear() noexcept { all_.clear(); }

 private:
  std::vector<GradientSegment> all_;
};

}  // namespace capstan
