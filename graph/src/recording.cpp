#include "recording.hpp"

#include <algorithm>

#include "leaf.hpp"
#include "plan.hpp"

namespace capstan {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

}  // namespace

std::uint64_t Recording::structure_after(NodeId head, const NodeKey& key) const noexcept {
  std::uint64_t hash = head == 0 ? 1 : nodes[head - 1].structure;
  hash = mix(hash, reinterpret_cast<std::uintptr_t>(&key.op));
  for (const NodeId input : key.inputs) hash = mix(hash, input);
  for (const Word word : key.words) hash = mix(hash, word);
  return hash;
}

void Recording::push(const NodeKey& key, DType dtype, const Shape* shape, std::source_location where) {
  const auto head = static_cast<NodeId>(nodes.size());
  std::uint32_t leaf = 0;
  if (is_number(key.op)) {
    leaf = static_cast<std::uint32_t>(numbers.size());
    numbers.push_back({});
  } else if (is_leaf(key.op)) {
    leaf = static_cast<std::uint32_t>(leaves.size());
    leaves.emplace_back();
  }
  nodes.push_back({.op = &key.op,
                   .shape = shape,
                   .where = where,
                   .structure = structure_after(head, key),
                   .first_input = static_cast<std::uint32_t>(edges.size()),
                   .first_word = static_cast<std::uint32_t>(words.size()),
                   .leaf = leaf,
                   .input_count = static_cast<std::uint32_t>(key.inputs.size()),
                   .word_count = static_cast<std::uint16_t>(key.words.size()),
                   .dtype = dtype,
                   .keep = Keep::no});
  edges.append(key.inputs);
  words.append(key.words);
}

void Recording::truncate(NodeId size) {
  std::erase_if(plans, [size](const auto& plan) { return plan->computed[plan->computed.size() - 1] >= size; });
  std::erase_if(segments, [size](const GradientSegment& segment) { return segment.end > size; });
  next_plan = 0;
  while (nodes.size() > size) {
    const Node& node = nodes[nodes.size() - 1];
    edges.resize(node.first_input);
    words.resize(node.first_word);
    if (is_number(*node.op)) {
      numbers.resize(node.leaf);
    } else if (is_leaf(*node.op)) {
      leaves.pop_back();
    }
    nodes.resize(nodes.size() - 1);
  }
}

void Recording::clear() {
  nodes.clear();
  edges.clear();
  words.clear();
  numbers.clear();
  leaves.clear();
  segments.clear();
  plans.clear();
  retained.clear();
  next_plan = 0;
  keep_version = 0;
}

bool Recording::shares_prefix(const Recording& other, NodeId head) const noexcept {
  if (nodes.size() < head || other.nodes.size() < head) return false;
  for (NodeId i = head; i-- > 0;) {
    if (!equals(nodes[i], other.key(other.nodes[i]))) return false;
  }
  return true;
}

void Recording::copy_prefix(const Recording& other, NodeId head) {
  for (NodeId i = 0; i < head; ++i) {
    const Node& node = other.nodes[i];
    push(other.key(node), node.dtype, node.shape, node.where);
    nodes[i].keep = node.keep;
  }
  for (const std::shared_ptr<const Op>& op : other.retained) {
    const bool used = std::any_of(nodes.begin(), nodes.end(), [&op](const Node& node) { return node.op == op.get(); });
    if (used) retained.push_back(op);
  }
}

void Recording::bind_prefix(const Recording& other, NodeId head) {
  for (NodeId i = 0; i < head; ++i) {
    const Node& node = other.nodes[i];
    if (is_number(*node.op)) {
      numbers[nodes[i].leaf] = other.numbers[node.leaf];
    } else if (is_leaf(*node.op)) {
      leaves[nodes[i].leaf] = other.leaves[node.leaf];
    }
    nodes[i].where = node.where;
  }
}

void Recording::release_leaves() {
  for (Leaf& leaf : leaves) {
    if (!leaf.parameter) leaf.value.move_to({}, nullptr);
  }
}

}  // namespace capstan
