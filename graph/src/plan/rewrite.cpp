#include "plan/rewrite.hpp"

#include <algorithm>

namespace capstan {

NodeId Rewrite::push(NodeId original, std::span<const NodeId> inputs) {
  const Node& node = of_.recording.nodes[original];
  return push(original, *node.op, inputs, of_.recording.words_of(node));
}

NodeId Rewrite::push(NodeId original, const Op& op, std::span<const NodeId> inputs, std::span<const Word> words) {
  Node node = of_.recording.nodes[original];
  node.where = of_.recording.line(original);
  node.op = &op;
  node.first_input = static_cast<std::uint32_t>(recording_.edges.size());
  node.input_count = static_cast<std::uint32_t>(inputs.size());
  node.first_word = static_cast<std::uint32_t>(recording_.words.size());
  node.word_count = static_cast<std::uint16_t>(words.size());
  recording_.nodes.push_back(node);
  recording_.edges.append(inputs);
  recording_.words.append(words);
  original_.push_back(original);
  return size() - 1;
}

PlanRequest Rewrite::request() const {
  const auto position = [this](auto found) {
    return found == original_.end() ? no_node : static_cast<NodeId>(found - original_.begin());
  };
  const auto backward =
      std::find_if(original_.begin(), original_.end(), [this](NodeId id) { return id >= of_.backward; });
  return {.recording = recording_,
          .wanted = wanted_,
          .available = [this](NodeId id) { return of_.available(original_[id]); },
          .positions = of_.positions,
          .threads = of_.threads,
          .backward = position(backward),
          .cotangent = position(std::find(original_.begin(), original_.end(), of_.cotangent)),
          .budget = of_.budget,
          .keep_all = of_.keep_all,
          .may_stream = of_.may_stream};
}

Plan Rewrite::restore(Plan plan) const {
  const auto restore = [this](NodeId& id) { id = original_[id]; };
  plan.backward = of_.backward;
  for (NodeId& id : plan.wanted) restore(id);
  for (NodeId& id : plan.computed) restore(id);
  for (Instruction& made : plan.instructions) restore(made.node);
  for (GroupStep& step : plan.groups.steps) restore(step.node);
  for (Closing& closing : plan.groups.closings) restore(closing.node);
  for (External& external : plan.externals) restore(external.node);
  for (Plan::Output& output : plan.outputs) restore(output.node);
  for (Plan::Output& single : plan.singles) restore(single.node);
  std::sort(plan.computed.begin(), plan.computed.end());
  plan.computed.resize(
      static_cast<std::size_t>(std::unique(plan.computed.begin(), plan.computed.end()) - plan.computed.begin()));
  return plan;
}

}  // namespace capstan
