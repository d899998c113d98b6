// Takes  a request.
// Gives  the values that are needed for what is wanted, ascending, with their computations. Leaves and the values of earlier
//        runs are sources. Nothing else of the recording is looked at from here on.
// First, because every other pass knows values by their ValueIds.

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include "plan/passes.hpp"
#include "tape/leaf.hpp"

namespace capstan::plan {

namespace {

/// Sorts the nodes. Where they lie close to one another, looking through all nodes between them is quicker than sorting.
void sort_needed(PodVector<NodeId>& needed, const NodeNumbers& numbers) {
  const auto [low, high] = std::minmax_element(needed.begin(), needed.end());
  const NodeId first = *low, last = *high;
  if ((last - first) / 16 > needed.size()) return std::sort(needed.begin(), needed.end());
  std::size_t size = 0;
  for (NodeId id = first; id <= last; ++id) {
    if (numbers.contains(id)) needed[size++] = id;
  }
}

/// True if a node need not be computed, where its value is available. A view is always made of its input, even if an
/// earlier run has copied it to be read: sums are rounded in the order in which an array lies, and no value may depend on
/// who looked at another.
bool is_there(const Node& node, bool is_available) { return is_available && !node.view; }

/// The needed nodes, ascending. The number of each is 1 if its value is available, else 0.
PodVector<NodeId> find_needed(const PlanRequest& request) {
  PodVector<NodeId> needed;
  NodeNumbers& numbers = request.numbers;
  numbers.clear(request.recording.nodes.size());
  const auto ask_for = [&](NodeId id) {
    if (numbers.contains(id)) return;
    numbers.set(id, request.available(id) ? 1 : 0);
    needed.push_back(id);
  };
  for (const NodeId id : request.wanted) ask_for(id);
  for (std::size_t asked = 0; asked < needed.size(); ++asked) {
    const NodeId id = needed[asked];
    const Node& node = request.recording.nodes[id];
    if (is_there(node, numbers[id] != 0)) continue;
    for (const NodeId input : request.recording.inputs(node)) ask_for(input);
  }
  sort_needed(needed, numbers);
  return needed;
}

Value value_of(const PlanRequest& request, NodeId id, bool is_available) {
  const Node& node = request.recording.nodes[id];
  const bool is_source = is_leaf(*node.op) || is_there(node, is_available);
  const bool is_kept = node.keep != Keep::no || (request.keep_all && !is_source && !node.view);
  return {.op = node.op,
          .shape = node.shape,
          .node = id,
          .first_input = 0,
          .input_count = is_source ? 0 : node.input_count,
          .first_word = 0,
          .word_count = node.word_count,
          .dtype = node.dtype,
          .is_source = is_source,
          .is_view = node.view,
          .is_output = is_kept && !is_available,
          .is_backward = id == request.cotangent,
          .is_recomputed = false,
          .is_accumulated = false};
}

/// Appends the value of a node whose inputs have their values already, and makes the ValueId the number of the node.
void add_value(Values& values, const PlanRequest& request, NodeId id) {
  const Recording& recording = request.recording;
  const Node& node = recording.nodes[id];
  Value value = value_of(request, id, request.numbers[id] != 0);
  request.numbers.set(id, values.size());
  value.first_input = static_cast<std::uint32_t>(values.inputs.size());
  value.first_word = static_cast<std::uint32_t>(values.words.size());
  values.words.append(recording.words_of(node));
  if (!value.is_source) {
    for (const NodeId input : recording.inputs(node)) {
      const ValueId from = request.numbers[input];
      values.inputs.push_back(from);
      // A value that a gradient rule makes of forward's values alone counts as forward.
      if (id >= request.backward && values[from].is_backward) value.is_backward = true;
    }
  }
  values.all.push_back(value);
}

/// Asks each op how its value is computed.
void ask_computations(Values& values) {
  values.computations.reserve(values.size());
  boost::container::small_vector<Types::Type, 4> inputs;
  for (ValueId v = 0; v < values.size(); ++v) {
    const Value& value = values[v];
    if (value.is_source) {
      values.computations.push_back({});
      continue;
    }
    inputs.clear();
    for (const ValueId input : values.inputs_of(v)) inputs.push_back({values[input].dtype, values[input].shape});
    const Types types{{inputs.data(), inputs.size()}, {value.dtype, value.shape}};
    values.computations.push_back(value.op->computation(types, values.words_of(v)));
  }
}

}  // namespace

Program select(const PlanRequest& request) {
  const PodVector<NodeId> needed = find_needed(request);
  Program program{request};
  Values& values = program.values;
  values.all.reserve(needed.size());
  values.inputs.reserve(2 * needed.size());
  for (const NodeId id : needed) add_value(values, request, id);
  for (const NodeId id : request.wanted) {
    const ValueId v = request.numbers[id];
    values.wanted.push_back(v);
    values.all[v].is_output = !request.available(id);
  }
  values.first_backward =
      static_cast<std::uint32_t>(std::lower_bound(needed.begin(), needed.end(), request.backward) - needed.begin());
  check_bytes(program);
  ask_computations(values);
  return program;
}

}  // namespace capstan::plan
