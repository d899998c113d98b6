#include <capstan/graph/dot.hpp>

#include <cstring>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/ranges.h>

#include <capstan/tensor/visit_dtype.hpp>
#include "tape/describe.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

/// Appends a name for use between quotes: quotes and backslashes in it are escaped for Graphviz.
void append_escaped(std::string& text, std::string_view name) {
  for (const char c : name) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
}

void append_number(std::string& text, const std::byte* number, DType dtype) {
  visit_dtype(dtype, [&]<class T>(T value) {
    std::memcpy(&value, number, sizeof value);
    fmt::format_to(std::back_inserter(text), "{}", value);
  });
}

void append_label(std::string& text, const TapeState& tape, NodeId id) {
  const Node& node = tape.node(id);
  if (is_number(*node.op)) return append_number(text, tape.recording().number(node), node.dtype);
  append_escaped(text, node.op->name());
  if (const std::string_view name = name_of(tape.recording(), id); !name.empty()) {
    text += ' ';
    append_escaped(text, name);
  }
  text += "\\n" + to_string(*node.shape);
}

void append_node(std::string& text, const TapeState& tape, NodeId id) {
  const Node& node = tape.node(id);
  fmt::format_to(std::back_inserter(text), "  {} [label=\"", id);
  append_label(text, tape, id);
  text += '"';
  if (is_leaf(*node.op)) text += is_wanted_leaf(*node.op) ? ", shape=box" : ", shape=box, style=filled";
  text += "];\n";
  for (const NodeId input : tape.recording().inputs(node)) {
    fmt::format_to(std::back_inserter(text), "  {} -> {};\n", input, id);
  }
}

/// Per node: the number of the group that computed it last, from 1; 0 if none did.
PodVector<std::uint32_t> groups_of(const TapeState& tape) {
  PodVector<std::uint32_t> group_of;
  group_of.assign(tape.size(), 0);
  std::uint32_t number = 0;
  for (const Plan* plan : tape.plans_run()) {
    const Groups& groups = plan->groups;
    for (const Group& group : groups.groups) {
      ++number;
      for (std::uint32_t s = 0; s < group.step_count; ++s) group_of[groups.steps[group.first_step + s].node] = number;
      for (std::uint32_t c = 0; c < group.reduction_count; ++c)
        group_of[groups.reductions[group.first_reduction + c].node] = number;
    }
  }
  return group_of;
}

void append_groups(std::string& text, const TapeState& tape) {
  const PodVector<std::uint32_t> group_of = groups_of(tape);
  std::map<std::uint32_t, std::vector<NodeId>> members;
  for (NodeId id = 0; id < tape.size(); ++id) {
    if (group_of[id] != 0) members[group_of[id]].push_back(id);
  }
  std::size_t count = 0;
  for (const auto& [number, nodes] : members) {
    if (nodes.size() < 2) continue;
    ++count;
    fmt::format_to(std::back_inserter(text), "  subgraph cluster_{} {{ label=\"group {}\"; {}; }}\n", count, count,
                   fmt::join(nodes, "; "));
  }
}

}  // namespace

std::string to_dot(const Tape& tape, const DotOptions& options) {
  std::string text = "digraph tape {\n  rankdir=BT;\n  node [fontname=\"Helvetica\"];\n";
  for (NodeId id = 0; id < tape.state().size(); ++id) append_node(text, tape.state(), id);
  if (options.groups) append_groups(text, tape.state());
  text += "}\n";
  return text;
}

}  // namespace capstan
