// Work: the nodes that a plan needs, and which of them run together.
#pragma once

#include "plan/fuse/fusion.hpp"
#include "plan/plan.hpp"

namespace capstan {

struct Work {
  PodVector<NodeId> needed;     ///< ascending; each has its number among them as its position
  PodVector<bool> is_source;    ///< of each of them: it need not be computed
  PodVector<bool> is_output;    ///< it is read after the plan has run
  PodVector<bool> is_backward;  ///< it is of the last gradients, and made of their cotangent
  Computations computations;    ///< how it is made; of a source, nothing
  Fusion fusion;
};

/// Throws    ShapeError where the values that are needed have so many bytes together that sums of them, and what it
///           costs to keep or to move them, would not fit 63 bits.
Work find_work(const PlanRequest& request);

/// Of values that are too large together; names one of them.
[[noreturn]] void refuse_bytes(const Recording& recording, NodeId id);

}  // namespace capstan
