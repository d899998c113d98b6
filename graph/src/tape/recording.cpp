#include "tape/recording.hpp"

#include <algorithm>
#include <functional>

#include <capstan/tensor/tensor_access.hpp>

#include "tape/custom/function_op.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

}  // namespace

std::source_location Recording::line(NodeId id) const noexcept {
  while (const auto of_segment = segments.line(id)) {
    if (of_segment->origin == no_node) return of_segment->where;
    id = of_segment->origin;
  }
  return nodes[id].where;
}

std::uint64_t Recording::structure_after(NodeId head, const NodeKey& key) const noexcept {
  std::uint64_t hash = head == 0 ? 1 : nodes[head - 1].structure;
  if (key.custom != nullptr) {
    hash = mix(hash, std::hash<std::string_view>{}(key.custom->options.name));
  } else {
    hash = mix(hash, reinterpret_cast<std::uintptr_t>(&key.op));
    for (const Word word : key.words) hash = mix(hash, word);
  }
  for (const NodeId input : key.inputs) hash = mix(hash, input);
  return hash;
}

bool Recording::equals_custom(const Node& node, const NodeKey& key) const noexcept {
  return node.custom && std::ranges::equal(inputs(node), key.inputs) &&
         functions[node.detail]->definition()->is_like(*key.custom);
}

NodeKey Recording::key(const Node& node) const noexcept {
  return {*node.op, inputs(node), words_of(node), node.custom ? functions[node.detail]->definition().get() : nullptr};
}

void Recording::push(const NodeKey& key, DType dtype, const Shape* shape, std::source_location where) {
  const auto head = static_cast<NodeId>(nodes.size());
  nodes.reserve(nodes.size() + 1);
  const NodeKey kept{key.op, edges.make_room(key.inputs), words.make_room(key.words), key.custom};
  const bool view = key.op.kind() == Kind::view;
  std::uint32_t detail = view ? root(kept.inputs[0]) : 0;
  if (&key.op == &number_op()) {
    detail = static_cast<std::uint32_t>(numbers.size());
    numbers.push_back({});
  } else if (holds_tensor(key.op)) {
    detail = static_cast<std::uint32_t>(leaves.size());
    leaves.emplace_back();
  } else if (key.custom != nullptr) {
    detail = static_cast<std::uint32_t>(functions.size());
    functions.emplace_back();  // the caller sets it
  }
  // Nothing throws from here on, so that a node is added with all its parts or not at all.
  nodes.push_back({.op = &key.op,
                   .shape = shape,
                   .where = where,
                   .structure = structure_after(head, kept),
                   .first_input = static_cast<std::uint32_t>(edges.size()),
                   .first_word = static_cast<std::uint32_t>(words.size()),
                   .detail = detail,
                   .input_count = static_cast<std::uint32_t>(kept.inputs.size()),
                   .word_count = static_cast<std::uint16_t>(kept.words.size()),
                   .dtype = dtype,
                   .keep = key.custom != nullptr ? Keep::once : Keep::no,  // the user's functions run once
                   .view = view,
                   .custom = key.custom != nullptr});
  edges.put(kept.inputs);
  words.put(kept.words);
}

void Recording::truncate(NodeId size) noexcept {
  std::erase_if(plans, [size](const KnownPlan& known) { return known.last >= size; });
  segments.truncate(size);
  next_plan = 0;
  while (nodes.size() > size) {
    const Node& node = nodes[nodes.size() - 1];
    edges.resize(node.first_input);
    words.resize(node.first_word);
    if (node.op == &number_op()) {
      numbers.resize(node.detail);
    } else if (holds_tensor(*node.op)) {
      leaves.pop_back();
    } else if (node.custom) {
      functions.pop_back();
    }
    nodes.resize(nodes.size() - 1);
  }
}

void Recording::clear() noexcept {
  nodes.clear();
  edges.clear();
  words.clear();
  numbers.clear();
  leaves.clear();
  segments.clear();
  plans.clear();
  functions.clear();
  next_plan = 0;
  keep_version = 0;
}

bool Recording::shares_prefix(const Recording& other, NodeId head) const noexcept {
  if (nodes.size() < head || other.nodes.size() < head) return false;
  for (NodeId i = head; i-- > 0;) {
    const Node& theirs = other.nodes[i];
    if (!equals_any(nodes[i], other.key(theirs)) || nodes[i].shape != theirs.shape || nodes[i].dtype != theirs.dtype)
      return false;
  }
  return true;
}

void Recording::copy_prefix(const Recording& other, NodeId head) {
  for (NodeId i = 0; i < head; ++i) {
    const Node& node = other.nodes[i];
    push(other.key(node), node.dtype, node.shape, other.line(i));
    nodes[i].keep = node.keep;
    if (node.custom) functions[nodes[i].detail] = other.functions[node.detail];
  }
}

void Recording::bind_prefix(const Recording& other, NodeId head) {
  segments.take_back_all();
  for (NodeId i = 0; i < head; ++i) {
    const Node& node = other.nodes[i];
    if (node.op == &number_op()) {
      numbers[nodes[i].detail] = other.numbers[node.detail];
    } else if (holds_tensor(*node.op)) {
      leaves[nodes[i].detail] = other.leaves[node.detail];
    } else if (node.custom) {
      functions[nodes[i].detail]->bind(other.functions[node.detail]->definition());
    }
    nodes[i].where = other.line(i);
  }
}

void Recording::release_leaves() noexcept {
  for (Leaf& leaf : leaves) {
    if (!leaf.parameter) TensorAccess::move_to(leaf.value, {}, nullptr);
  }
}

}  // namespace capstan
