// Accumulation: a product that can be added to what its output holds is, where it goes into one addition only, whose
// other operand nobody reads any more.
#pragma once

#include "plan/fuse/fusion.hpp"

namespace capstan {

/// Of each needed node: if it is such an addition, the operand that is made as it is added to the other; else no_node.
PodVector<NodeId> find_addends(const NeededNodes& needed);

}  // namespace capstan
