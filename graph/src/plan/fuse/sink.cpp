// Groups wait for their readers where that makes no value live longer.

#include <algorithm>
#include <vector>

#include "plan/fuse/clusters.hpp"

namespace capstan::plan {

namespace {

/// A value that one cluster hands to another.
struct Edge {
  std::uint32_t group;
  ValueId from, to;
};

/// Per group, at its root: true if its inputs are all available from the start. Recomputed values always wait.
PodVector<bool> find_waiting(Clusters& clusters) {
  PodVector<bool> waits;
  waits.assign(clusters.size(), true);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (!clusters.is_elementwise(v) || clusters[v].is_recomputed) continue;
    for (const ValueId input : clusters.inputs(v)) {
      if (!clusters.in_one_group(input, v) && !clusters.is_available(input)) waits[clusters.group_of(v)] = false;
    }
  }
  return waits;
}

/// The edges that leave groups which can wait: groups of later levels first, so that those who read a group have their
/// levels already.
std::vector<Edge> find_edges(Clusters& clusters) {
  const PodVector<bool> waits = find_waiting(clusters);
  std::vector<Edge> edges;
  for (ValueId v = 0; v < clusters.size(); ++v) {
    for (const ValueId input : clusters.inputs(v)) {
      if (!clusters.in_group(input) || clusters.in_one_group(input, v)) continue;
      if (const std::uint32_t group = clusters.group_of(input); waits[group]) edges.push_back({group, input, v});
    }
  }
  std::sort(edges.begin(), edges.end(), [&clusters](const Edge& a, const Edge& b) {
    const std::uint32_t x = clusters.level(a.group), y = clusters.level(b.group);
    return x != y ? x > y : a.group < b.group;
  });
  return edges;
}

}  // namespace

/// Moves groups to the level of their first reader, and joins them to the groups there that read them.
void sink_groups(Clusters& clusters) {
  const std::vector<Edge> edges = find_edges(clusters);
  for (auto first = edges.begin(); first != edges.end();) {
    const auto end = std::find_if(first, edges.end(), [first](const Edge& e) { return e.group != first->group; });
    std::uint32_t level = UINT32_MAX;
    for (auto e = first; e != end; ++e)
      level = std::min(level, clusters.level_of(e->to) - clusters.rise(e->to, e->from));
    clusters.set_level(first->group, level);
    for (auto e = first; e != end; ++e) {
      if (clusters.is_elementwise(e->from) && clusters.is_elementwise(e->to) &&
          same_domain(clusters[e->from], clusters[e->to]) && clusters.level_of(e->to) == level)
        clusters.join(e->from, e->to);
    }
    first = end;
  }
}

}  // namespace capstan::plan
