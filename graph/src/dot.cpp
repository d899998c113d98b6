#include <capstan/graph/dot.hpp>

#include <cstring>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "element.hpp"
#include "leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

/// Text within quotes, as Graphviz reads it: a name cannot end its label, nor can a backslash in it mean anything.
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

void append_number(std::string& text, const Number& number, DType dtype) {
  visit_dtype(dtype, [&]<class T>(T value) {
    std::memcpy(&value, number.bytes, sizeof value);
    fmt::format_to(std::back_inserter(text), "{}", value);
  });
}

void append_label(std::string& text, const TapeState& tape, NodeId id) {
  const Node& node = tape.node(id);
  if (is_number(*node.op)) return append_number(text, tape.recording().numbers[node.leaf], node.dtype);
  append_escaped(text, node.op->name());
  if (const std::string_view name = tape.name(id); !name.empty()) {
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

}  // namespace

std::string to_dot(const Tape& tape) {
  std::string text = "digraph tape {\n  rankdir=BT;\n  node [fontname=\"Helvetica\"];\n";
  for (NodeId id = 0; id < tape.state().size(); ++id) append_node(text, tape.state(), id);
  text += "}\n";
  return text;
}

}  // namespace capstan
