#include "tape/describe.hpp"

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/leaf.hpp"

namespace capstan {

std::string_view name_of(const Recording& recording, NodeId id) {
  const Node& n = recording.nodes[id];
  if (is_number(*n.op) || !is_leaf(*n.op)) return {};
  const Leaf& leaf = recording.leaves[n.detail];
  return leaf.parameter ? std::string_view{leaf.parameter->name()} : std::string_view{leaf.name};
}

std::string describe(const Recording& recording, NodeId id) {
  const Node& n = recording.nodes[id];
  if (is_number(*n.op)) return "a number";
  if (const std::string_view label = name_of(recording, id); !label.empty()) {
    return fmt::format("{} \"{}\" {}", n.op->name(), label, *n.shape);
  }
  if (is_leaf(*n.op)) return fmt::format("{} {}, recorded at {}", n.op->name(), *n.shape, place(recording.line(id)));
  return fmt::format("{}, recorded by {} at {}", *n.shape, n.op->name(), place(recording.line(id)));
}

}  // namespace capstan
