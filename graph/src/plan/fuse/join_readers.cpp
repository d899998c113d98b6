// Groups of one level that read the same value become one, so that it is read once.

#include <utility>

#include "plan/fuse/clusters.hpp"

namespace capstan {

namespace {

/// Of each group, at its root: true if none of its values is written, provided that all reductions close it.
PodVector<bool> find_closed(Clusters& clusters) {
  PodVector<bool> closed;
  closed.assign(clusters.size(), true);
  for (const NodeId id : clusters.needed().nodes) {
    if (clusters.is_elementwise(id) && clusters.needed().is_output[clusters.at(id)])
      closed[clusters.group_of(id)] = false;
    if (clusters.is_source(id)) continue;
    for (const NodeId input : clusters.inputs(id)) {
      if (clusters.is_elementwise(input) && !clusters.in_one_group(id, input)) closed[clusters.group_of(input)] = false;
    }
  }
  return closed;
}

}  // namespace

/// One of two groups that are joined writes nothing, so that none of the other's values has to live longer for it.
void join_readers(Clusters& clusters) {
  PodVector<bool> closed = find_closed(clusters);
  PodVector<NodeId> reader;  // of each node, the last that was met
  reader.assign(clusters.size(), no_node);
  for (const NodeId id : clusters.needed().nodes) {
    if (!clusters.is_elementwise(id) || clusters.node(id).again) continue;
    for (const NodeId input : clusters.inputs(id)) {
      if (!same_domain(clusters.node(input), clusters.node(id)) || clusters.in_one_group(input, id)) continue;
      const NodeId before = std::exchange(reader[clusters.at(input)], id);
      if (before == no_node) continue;
      const std::uint32_t a = clusters.group_of(before), b = clusters.group_of(id);
      if (a == b || clusters.level(a) != clusters.level(b) || !(closed[a] || closed[b])) continue;
      const bool both = closed[a] && closed[b];
      clusters.join(before, id);
      closed[clusters.group_of(id)] = both;
    }
  }
}

}  // namespace capstan
