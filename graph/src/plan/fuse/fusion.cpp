#include "plan/fuse/fusion.hpp"

#include <utility>

#include "plan/accumulate.hpp"
#include "plan/fuse/clusters.hpp"

namespace capstan {

/// Each node gets a level, one higher than that of any input outside its own group. Connected elementwise nodes of one
/// level, shape and dtype form a group. No path leaves a level and returns to it, so groups cannot depend on each other
/// cyclically.
Fusion fuse(const NeededNodes& needed) {
  PodVector<NodeId> addend = find_addends(needed);
  Clusters clusters{needed, addend};
  for (const NodeId id : needed.nodes) clusters.place(id);
  sink_groups(clusters);
  join_readers(clusters);
  close_groups(clusters);
  Fusion fusion = in_order(clusters);
  fusion.addend = std::move(addend);
  return fusion;
}

}  // namespace capstan
