#include "plan/fuse/clusters.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <variant>

namespace capstan {

Clusters::Clusters(const NeededNodes& needed, const PodVector<NodeId>& addend)
    : needed_{needed}, addend_{addend}, sets_{FirstMember{}, nullptr} {
  const std::size_t count = needed.nodes.size();
  kind_.assign(count, Kind::source);
  level_.assign(count, 0);
  parent_.resize(count);
  std::iota(parent_.begin(), parent_.end(), 0u);
  sets_ = Sets{FirstMember{}, parent_.data()};
}

Clusters::Kind Clusters::kind_of(NodeId id) {
  const Node& n = node(id);
  if (needed_.is_source[at(id)]) return Kind::source;
  if (n.view) return Kind::view;
  if (addend_[at(id)] != no_node) return Kind::other;
  const Computation& computation = needed_.computations[at(id)];
  if (std::holds_alternative<Elementwise>(computation)) return Kind::elementwise;
  const auto* const fold = std::get_if<Fold>(&computation);
  if (fold == nullptr || !is_elementwise(inputs(id)[0]) || comes_late(id, inputs(id)[0])) return Kind::other;
  const std::optional<Closing> closing = closing_of(needed_.recording, *fold, id);
  if (!closing) return Kind::other;
  closings_.push_back(*closing);
  return Kind::closing;
}

void Clusters::place(NodeId id) {
  const Kind kind = kind_[at(id)] = kind_of(id);
  if (kind == Kind::source) return;
  std::uint32_t level = 0;
  for (const NodeId input : inputs(id)) level = std::max(level, level_[at(input)] + rise(id, input));
  level_[at(id)] = level;
  if (kind != Kind::elementwise) return;
  for (const NodeId input : inputs(id)) {
    if (is_elementwise(input) && level_[at(input)] == level && same_domain(node(input), node(id))) join(input, id);
  }
}

std::uint32_t Clusters::rise(NodeId reader, NodeId input) const {
  switch (kind(input)) {
    case Kind::source:
    case Kind::view:
      return 0;
    case Kind::elementwise:
      if (kind(reader) == Kind::closing) return 0;
      return is_elementwise(reader) && same_domain(node(input), node(reader)) && !comes_late(reader, input) ? 0 : 1;
    default:
      return 1;
  }
}

}  // namespace capstan
