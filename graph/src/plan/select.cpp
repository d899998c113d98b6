#include "plan/select.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "plan/kinds.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

/// Ascending. Where they lie close to one another, looking through all nodes between them is quicker than sorting.
void sort_needed(PodVector<NodeId>& needed, const Positions& positions) {
  const auto [low, high] = std::minmax_element(needed.begin(), needed.end());
  const NodeId first = *low, last = *high;
  if ((last - first) / 16 > needed.size()) return std::sort(needed.begin(), needed.end());
  std::size_t size = 0;
  for (NodeId id = first; id <= last; ++id) {
    if (positions.contains(id)) needed[size++] = id;
  }
}

/// Numbers them in the positions.
PodVector<NodeId> find_needed(const PlanRequest& request) {
  PodVector<NodeId> needed;
  Positions& positions = request.positions;
  positions.clear(request.recording.nodes.size());
  const auto ask_for = [&](NodeId id) {
    if (positions.contains(id)) return;
    positions.set(id, 0);
    needed.push_back(id);
  };
  for (const NodeId id : request.wanted) ask_for(id);
  std::size_t asked = 0;  // of the needed ones, which grow
  while (asked < needed.size()) {
    const NodeId id = needed[asked++];
    if (request.is_there(id)) continue;
    for (const NodeId input : request.recording.inputs(request.recording.nodes[id])) ask_for(input);
  }
  sort_needed(needed, positions);
  for (std::uint32_t i = 0; i < needed.size(); ++i) positions.set(needed[i], i);
  return needed;
}

/// Of those recorded as backward, what a rule makes of forward's values alone is not.
PodVector<bool> find_backward(const PlanRequest& request, const PodVector<NodeId>& needed) {
  PodVector<bool> is_backward;
  is_backward.assign(needed.size(), false);
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    is_backward[i] = needed[i] == request.cotangent;
    if (needed[i] < request.backward || request.is_there(needed[i])) continue;
    for (const NodeId input : request.recording.inputs(request.recording.nodes[needed[i]])) {
      if (is_backward[request.positions[input]]) is_backward[i] = true;
    }
  }
  return is_backward;
}

Computations ask_computations(const PlanRequest& request, const PodVector<NodeId>& needed,
                              const PodVector<bool>& is_source) {
  Computations computations;
  computations.resize(needed.size());
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    const Node& node = request.recording.nodes[needed[i]];
    computations[i] = is_source[i] ? Computation{} : ask_computation(request.recording, node);
  }
  return computations;
}

void check_bytes(const PlanRequest& request, const PodVector<NodeId>& needed) {
  constexpr std::int64_t most = INT64_MAX / 4;
  std::int64_t bytes = 0;
  for (const NodeId id : needed) {
    const Node& node = request.recording.nodes[id];
    if (node.bytes() > most - bytes) refuse_bytes(request.recording, id);
    bytes += node.bytes();
  }
}

}  // namespace

void refuse_bytes(const Recording& recording, NodeId id) {
  const Node& node = recording.nodes[id];
  throw ShapeError{
      fmt::format("{}: what is computed together has more bytes than 63 bits count, with this result of shape {} of {}"
                  "\n  at {}",
                  node.op->name(), *node.shape, node.dtype, place(recording.line(id)))};
}

bool PlanRequest::is_source(NodeId id) const { return is_leaf(*recording.nodes[id].op) || is_there(id); }

Work find_work(const PlanRequest& request) {
  Work work{.needed = find_needed(request),
            .is_source = {},
            .is_output = {},
            .is_backward = {},
            .computations = {},
            .fusion = {}};
  check_bytes(request, work.needed);
  const std::size_t size = work.needed.size();
  work.is_source.resize(size);
  work.is_output.resize(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    const NodeId id = work.needed[i];
    work.is_source[i] = request.is_source(id);
    const Node& node = request.recording.nodes[id];
    const bool all = request.keep_all && !work.is_source[i] && !node.view && !node.again;
    work.is_output[i] = (all || node.keep != Keep::no) && !request.available(id);
  }
  for (const NodeId id : request.wanted) work.is_output[request.positions[id]] = !request.available(id);
  work.is_backward = find_backward(request, work.needed);
  work.computations = ask_computations(request, work.needed, work.is_source);
  work.fusion = fuse({request.recording,
                      {work.needed.data(), size},
                      request.positions,
                      work.is_source,
                      work.is_output,
                      work.computations});
  return work;
}

}  // namespace capstan
