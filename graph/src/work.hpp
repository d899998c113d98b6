// Work: the nodes that a plan needs, and which of them run together.
#pragma once

#include "fusion.hpp"
#include "plan.hpp"

namespace capstan {

struct Work {
  PodVector<NodeId> needed;     ///< ascending; each has its number among them as its position
  PodVector<bool> is_source;    ///< of each of them: it need not be computed
  PodVector<bool> is_output;    ///< it is read after the plan has run
  PodVector<bool> is_backward;  ///< it is of the last gradients, and made of their cotangent
  Fusion fusion;
};

Work find_work(const PlanRequest& request);

}  // namespace capstan
