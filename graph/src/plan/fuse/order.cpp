// The order in which clusters run, as units.

#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

#include "plan/fuse/clusters.hpp"
#include "tape/leaf.hpp"

namespace capstan::plan {

namespace {

/// What the order depends on, at the root of each cluster.
struct Queued {
  std::uint32_t last = 0, size = 0;                  ///< the last value, and how many there are
  std::uint32_t waits_for = 0;                       ///< edges into the cluster from clusters that have not run
  std::uint32_t first_reader = 0, reader_count = 0;  ///< edges from it, in Queue::readers
  std::uint32_t first_member = 0;                    ///< where the next member goes, in Units::members
  bool is_scalar = true, is_of_numbers = true;       ///< true of all its values
};

struct Queue {
  PodVector<Queued> clusters;
  PodVector<std::uint32_t> readers;  ///< the clusters at the ends of edges
};

/// Calls visit(from, to) with the two values of each edge from one cluster to another.
template <class Visit>
void for_edges(Clusters& clusters, Visit visit) {
  for (ValueId to = 0; to < clusters.size(); ++to) {
    for (const ValueId from : clusters.inputs(to)) {
      if (!clusters.is_source(from) && clusters.root(from) != clusters.root(to)) visit(from, to);
    }
  }
}

/// True if a value of one element is computed from such values alone.
bool is_scalar(const Clusters& clusters, ValueId v) {
  const auto one = [&clusters](ValueId x) { return clusters[x].is_scalar(); };
  const auto inputs = clusters.inputs(v);
  return clusters.is_elementwise(v) && one(v) && std::all_of(inputs.begin(), inputs.end(), one);
}

/// True if all inputs of a value are numbers of the user's program, or values of its own cluster.
bool is_of_numbers(Clusters& clusters, ValueId v) {
  const auto inputs = clusters.inputs(v);
  return std::all_of(inputs.begin(), inputs.end(), [&clusters, v](ValueId input) {
    return is_number(*clusters[input].op) || (!clusters.is_source(input) && clusters.root(input) == clusters.root(v));
  });
}

void count_members(Clusters& clusters, Queue& queue) {
  queue.clusters.assign(clusters.size(), Queued{});
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (clusters.is_source(v)) continue;
    Queued& cluster = queue.clusters[clusters.root(v)];
    cluster.last = v;
    ++cluster.size;
    cluster.is_scalar = cluster.is_scalar && is_scalar(clusters, v);
    cluster.is_of_numbers = cluster.is_of_numbers && cluster.is_scalar && is_of_numbers(clusters, v);
  }
}

void count_edges(Clusters& clusters, Queue& queue, PodVector<bool>& is_read_outside) {
  for_edges(clusters, [&](ValueId from, ValueId to) {
    is_read_outside[from] = true;
    ++queue.clusters[clusters.root(to)].waits_for;
    ++queue.clusters[clusters.root(from)].reader_count;
  });
  std::uint32_t edges = 0;
  for (Queued& cluster : queue.clusters) {
    cluster.first_reader = edges;
    edges += std::exchange(cluster.reader_count, 0);
  }
  queue.readers.resize(edges);
  for_edges(clusters, [&](ValueId from, ValueId to) {
    Queued& cluster = queue.clusters[clusters.root(from)];
    queue.readers[cluster.first_reader + cluster.reader_count++] = clusters.root(to);
  });
}

}  // namespace

/// Where there is a choice, units run by the last of their values, which is close to the order in which they were recorded.
/// But values of one element do not interrupt the others: those that are computed from numbers alone (1/n) come first,
/// those that are computed from other such values (a sum of two costs) come last.
Units in_order(Clusters& clusters) {
  Units units;
  units.is_read_outside.assign(clusters.size(), false);
  Queue queue;
  count_members(clusters, queue);
  count_edges(clusters, queue, units.is_read_outside);
  const auto turn = [&queue](std::uint32_t root) {
    const Queued& cluster = queue.clusters[root];
    const int usual = cluster.is_scalar ? 2 : 1;
    return std::pair{cluster.is_of_numbers ? 0 : usual, cluster.last};
  };
  const auto later = [turn](std::uint32_t a, std::uint32_t b) { return turn(a) > turn(b); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready{later};
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    if (queue.clusters[i].size > 0 && queue.clusters[i].waits_for == 0) ready.push(i);
  }
  std::uint32_t placed = 0;
  while (!ready.empty()) {
    Queued& cluster = queue.clusters[ready.top()];
    ready.pop();
    cluster.first_member = placed;
    placed += cluster.size;
    units.ends.push_back(placed);
    for (std::uint32_t r = cluster.first_reader; r < cluster.first_reader + cluster.reader_count; ++r) {
      if (--queue.clusters[queue.readers[r]].waits_for == 0) ready.push(queue.readers[r]);
    }
  }
  units.members.resize(placed);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (!clusters.is_source(v)) units.members[queue.clusters[clusters.root(v)].first_member++] = v;
  }
  return units;
}

}  // namespace capstan::plan
