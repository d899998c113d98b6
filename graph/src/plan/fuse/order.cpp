// The order in which clusters run, as units.

#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

#include "plan/fuse/clusters.hpp"
#include "tape/leaf.hpp"

namespace capstan::plan {

namespace {

/// What the order depends on, per cluster, at its root.
struct Queue {
  PodVector<std::uint32_t> last, size;            ///< its last value, and how many it has
  PodVector<bool> is_scalar, is_of_numbers;       ///< true of all its values
  PodVector<std::uint32_t> waits_for;             ///< edges into it
  PodVector<std::uint32_t> readers, readers_end;  ///< the clusters at the ends of the edges from it, one after another
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
  for (auto* const counts : {&queue.last, &queue.size, &queue.waits_for}) counts->assign(clusters.size(), 0);
  queue.is_scalar.assign(clusters.size(), true);
  queue.is_of_numbers.assign(clusters.size(), true);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (clusters.is_source(v)) continue;
    const std::uint32_t cluster = clusters.root(v);
    queue.last[cluster] = v;
    ++queue.size[cluster];
    queue.is_scalar[cluster] = queue.is_scalar[cluster] && is_scalar(clusters, v);
    queue.is_of_numbers[cluster] =
        queue.is_of_numbers[cluster] && queue.is_scalar[cluster] && is_of_numbers(clusters, v);
  }
}

void count_edges(Clusters& clusters, Queue& queue, PodVector<bool>& is_read_outside) {
  queue.readers_end.assign(clusters.size() + 1, 0);
  for_edges(clusters, [&](ValueId from, ValueId to) {
    is_read_outside[from] = true;
    ++queue.waits_for[clusters.root(to)];
    ++queue.readers_end[clusters.root(from) + 1];
  });
  for (std::size_t i = 0; i < clusters.size(); ++i) queue.readers_end[i + 1] += queue.readers_end[i];
  queue.readers.resize(queue.readers_end[clusters.size()]);
  PodVector<std::uint32_t> next;
  next.assign(clusters.size(), 0);
  for_edges(clusters, [&](ValueId from, ValueId to) {
    const std::uint32_t cluster = clusters.root(from);
    queue.readers[queue.readers_end[cluster] + next[cluster]++] = clusters.root(to);
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
  const auto turn = [&queue](std::uint32_t cluster) {
    const int usual = queue.is_scalar[cluster] ? 2 : 1;
    return std::pair{queue.is_of_numbers[cluster] ? 0 : usual, queue.last[cluster]};
  };
  const auto later = [turn](std::uint32_t a, std::uint32_t b) { return turn(a) > turn(b); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready{later};
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    if (queue.size[i] > 0 && queue.waits_for[i] == 0) ready.push(i);
  }
  PodVector<std::uint32_t> start;  // per cluster: where its members begin
  start.assign(clusters.size(), 0);
  std::uint32_t placed = 0;
  for (; !ready.empty();) {
    const std::uint32_t cluster = ready.top();
    ready.pop();
    start[cluster] = placed;
    placed += queue.size[cluster];
    units.ends.push_back(placed);
    for (std::uint32_t r = queue.readers_end[cluster]; r < queue.readers_end[cluster + 1]; ++r) {
      if (--queue.waits_for[queue.readers[r]] == 0) ready.push(queue.readers[r]);
    }
  }
  units.members.resize(placed);
  for (ValueId v = 0; v < clusters.size(); ++v) {
    if (!clusters.is_source(v)) units.members[start[clusters.root(v)]++] = v;
  }
  return units;
}

}  // namespace capstan::plan
