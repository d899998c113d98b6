// The order in which clusters run.

#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

#include "plan/fuse/clusters.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

/// What the order depends on, of each cluster, at its root.
struct Queue {
  PodVector<std::uint32_t> last, size;            ///< node, and how many there are
  PodVector<bool> is_single, is_of_numbers;       ///< all of its nodes
  PodVector<std::uint32_t> waits_for;             ///< edges into it
  PodVector<std::uint32_t> readers, readers_end;  ///< the clusters at the ends of the edges from it, one after another
};

/// Calls visit(from, to), by their numbers, for each edge from one cluster to another.
template <class Visit>
void for_edges(Clusters& clusters, Visit visit) {
  for (const NodeId id : clusters.needed().nodes) {
    if (clusters.is_source(id)) continue;
    const std::size_t to = clusters.at(id);
    for (const NodeId input : clusters.inputs(id)) {
      if (clusters.is_source(input)) continue;
      const std::size_t from = clusters.at(input);
      if (clusters.root(from) != clusters.root(to)) visit(from, to);
    }
  }
}

/// True if single elements give a single one.
bool is_single(const Clusters& clusters, NodeId id) {
  const auto one = [&clusters](NodeId n) { return clusters.node(n).shape->elements() == 1; };
  const auto inputs = clusters.inputs(id);
  return clusters.is_elementwise(id) && one(id) && std::all_of(inputs.begin(), inputs.end(), one);
}

/// True if all of a node's inputs are the program's numbers, or of its own cluster.
bool is_of_numbers(Clusters& clusters, NodeId id) {
  const auto inputs = clusters.inputs(id);
  return std::all_of(inputs.begin(), inputs.end(), [&clusters, id](NodeId input) {
    return is_number(*clusters.node(input).op) ||
           (!clusters.is_source(input) && clusters.root(clusters.at(input)) == clusters.root(clusters.at(id)));
  });
}

void count_members(Clusters& clusters, Queue& queue) {
  for (auto* const counts : {&queue.last, &queue.size, &queue.waits_for}) counts->assign(clusters.size(), 0);
  queue.is_single.assign(clusters.size(), true);
  queue.is_of_numbers.assign(clusters.size(), true);
  for (const NodeId id : clusters.needed().nodes) {
    if (clusters.is_source(id)) continue;
    const std::uint32_t cluster = clusters.root(clusters.at(id));
    queue.last[cluster] = static_cast<std::uint32_t>(clusters.at(id));
    ++queue.size[cluster];
    queue.is_single[cluster] = queue.is_single[cluster] && is_single(clusters, id);
    queue.is_of_numbers[cluster] =
        queue.is_of_numbers[cluster] && queue.is_single[cluster] && is_of_numbers(clusters, id);
  }
}

void count_edges(Clusters& clusters, Queue& queue, PodVector<bool>& leaves_unit) {
  queue.readers_end.assign(clusters.size() + 1, 0);
  for_edges(clusters, [&](std::size_t from, std::size_t to) {
    leaves_unit[from] = true;
    ++queue.waits_for[clusters.root(to)];
    ++queue.readers_end[clusters.root(from) + 1];
  });
  for (std::size_t i = 0; i < clusters.size(); ++i) queue.readers_end[i + 1] += queue.readers_end[i];
  queue.readers.resize(queue.readers_end[clusters.size()]);
  PodVector<std::uint32_t> next;
  next.assign(clusters.size(), 0);
  for_edges(clusters, [&](std::size_t from, std::size_t to) {
    const std::uint32_t cluster = clusters.root(from);
    queue.readers[queue.readers_end[cluster] + next[cluster]++] = clusters.root(to);
  });
}

}  // namespace

/// Where there is a choice, by the last of their nodes, close to the order in which they were recorded; but single elements
/// do not interrupt the others: those that are computed from numbers alone (1/n) come first, those that are computed from
/// other single elements (a sum of two costs) last.
Fusion in_order(Clusters& clusters) {
  Fusion fusion;
  fusion.leaves_unit.assign(clusters.size(), false);
  Queue queue;
  count_members(clusters, queue);
  count_edges(clusters, queue, fusion.leaves_unit);
  const auto turn = [&queue](std::uint32_t cluster) {
    const int usual = queue.is_single[cluster] ? 2 : 1;
    return std::pair{queue.is_of_numbers[cluster] ? 0 : usual, queue.last[cluster]};
  };
  const auto later = [turn](std::uint32_t a, std::uint32_t b) { return turn(a) > turn(b); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready{later};
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    if (queue.size[i] > 0 && queue.waits_for[i] == 0) ready.push(i);
  }
  PodVector<std::uint32_t> start;  // of a cluster, in fusion.nodes
  start.assign(clusters.size(), 0);
  std::uint32_t placed = 0;
  for (; !ready.empty();) {
    const std::uint32_t cluster = ready.top();
    ready.pop();
    start[cluster] = placed;
    placed += queue.size[cluster];
    fusion.unit_end.push_back(placed);
    for (std::uint32_t r = queue.readers_end[cluster]; r < queue.readers_end[cluster + 1]; ++r) {
      if (--queue.waits_for[queue.readers[r]] == 0) ready.push(queue.readers[r]);
    }
  }
  fusion.nodes.resize(placed);
  for (const NodeId id : clusters.needed().nodes) {
    if (!clusters.is_source(id)) fusion.nodes[start[clusters.root(clusters.at(id))]++] = id;
  }
  return fusion;
}

}  // namespace capstan
