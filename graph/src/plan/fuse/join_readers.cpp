// Groups of one level that read the same value become one, so that it is read once.

#include <utility>

#include "plan/fuse/clusters.hpp"

namespace capstan::plan {

namespace {

/// Per group, at its root: true if none of its values is written, provided that all its reductions are fused into it.
PodVector<bool> find_closed(Clusters& clusters) {
  PodVector<bool> closed;
  closed.assign(clusters.size(), true);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (clusters.is_elementwise(v) && clusters[v].is_output) closed[clusters.group_of(v)] = false;
    for (const ValueId input : clusters.inputs(v)) {
      if (clusters.is_elementwise(input) && !clusters.in_one_group(v, input)) closed[clusters.group_of(input)] = false;
    }
  }
  return closed;
}

}  // namespace

/// One of two groups that are joined writes nothing, so that none of the other's values has to live longer for it.
void join_readers(Clusters& clusters) {
  PodVector<bool> closed = find_closed(clusters);
  PodVector<ValueId> reader;  // per value: the last one that was met
  reader.assign(clusters.size(), none);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (!clusters.is_elementwise(v) || clusters[v].is_recomputed) continue;
    for (const ValueId input : clusters.inputs(v)) {
      if (!same_domain(clusters[input], clusters[v]) || clusters.in_one_group(input, v)) continue;
      const ValueId before = std::exchange(reader[input], v);
      if (before == none) continue;
      const std::uint32_t a = clusters.group_of(before), b = clusters.group_of(v);
      if (a == b || clusters.level(a) != clusters.level(b) || !(closed[a] || closed[b])) continue;
      const bool both = closed[a] && closed[b];
      clusters.join(before, v);
      closed[clusters.group_of(v)] = both;
    }
  }
}

}  // namespace capstan::plan
