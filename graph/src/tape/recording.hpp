// Recording: the nodes of one run of the user's code, in the order in which they were recorded, which is a topological
// order. A tape keeps a few of them: the one it records over, and earlier ones of another structure, each with its
// plans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <capstan/graph/op.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/pod_vector.hpp>
#include "tape/leaf.hpp"
#include "tape/segments.hpp"

namespace capstan {

struct Plan;
namespace engine {
struct CustomDefinition;
}  // namespace engine
class FunctionOp;

/// The identity of a node: two nodes are equal if their keys are. A leaf's words are its dtype, shape and strides. Two
/// user's ops are equal if their definitions agree in everything that plans depend on, even if the objects differ.
struct NodeKey {
  const Op& op;
  std::span<const NodeId> inputs;
  std::span<const Word> words;
  const CustomDefinition* custom = nullptr;
};

/// Why a value that was computed together with its readers is kept until the tape is rewound.
enum class Keep : std::uint8_t {
  no,
  once,   ///< the op must not run twice: a user's function may answer differently
  asked,  ///< by Tape::keep
  read,   ///< by the program
  later,  ///< for a run after the one that computes it
};

struct Node {
  const Op* op;
  const Shape* shape;          ///< owned by the tape, one object per shape
  std::source_location where;  ///< see Recording::line
  std::uint64_t structure;     ///< hash of this node and all before it
  std::uint32_t first_input;   ///< in Recording::edges
  std::uint32_t first_word;    ///< in Recording::words
  std::uint32_t detail;  ///< of a leaf, where it is in Recording::leaves or Recording::numbers; of a user's op, in
                         ///< Recording::functions; of a view, its root
  std::uint32_t input_count;
  std::uint16_t word_count;
  DType dtype;
  Keep keep;
  bool view;
  bool custom;

  std::int64_t bytes() const { return shape->elements() * static_cast<std::int64_t>(size_of(dtype)); }
};

/// A leaf's value and the version that it had when it was recorded.
struct Leaf {
  Tensor value;
  std::uint64_t version = 0;
  std::optional<Parameter> parameter;
  std::string name;
};

/// The bytes of a number in its dtype.
struct Number {
  alignas(8) std::byte bytes[8];
};
static_assert(sizeof(Number) == sizeof(Word));

/// A plan, and the last node that it computes.
struct KnownPlan {
  std::shared_ptr<Plan> plan;  ///< shared with its runs, which find their values by it
  NodeId last;
};

struct engine::Recording {
  PodVector<Node> nodes;
  PodVector<NodeId> edges;
  PodVector<Word> words;
  PodVector<Number> numbers;
  std::vector<Leaf> leaves;
  GradientSegments segments;
  std::vector<KnownPlan> plans;
  std::vector<std::shared_ptr<FunctionOp>> functions;  ///< of the nodes of users' ops
  std::size_t next_plan = 0;                           ///< where to look first
  std::uint32_t keep_version = 0;  ///< rises when a node is marked to be kept; older plans do not keep it
  std::uint64_t last_use = 0;

  std::span<const NodeId> inputs(const Node& node) const noexcept {
    return {edges.data() + node.first_input, node.input_count};
  }
  std::span<const Word> words_of(const Node& node) const noexcept {
    return {words.data() + node.first_word, node.word_count};
  }
  /// True if a node of a library op has this key.
  bool equals(const Node& node, const NodeKey& key) const noexcept {
    if (node.op != &key.op || node.input_count != key.inputs.size() || node.word_count != key.words.size())
      return false;
    const NodeId* const input = edges.data() + node.first_input;
    for (std::size_t i = 0; i < key.inputs.size(); ++i) {
      if (input[i] != key.inputs[i]) return false;
    }
    const Word* const word = words.data() + node.first_word;
    for (std::size_t i = 0; i < key.words.size(); ++i) {
      if (word[i] != key.words[i]) return false;
    }
    return true;
  }
  bool equals_custom(const Node& node, const NodeKey& key) const noexcept;
  bool equals_any(const Node& node, const NodeKey& key) const noexcept {
    return key.custom == nullptr ? equals(node, key) : equals_custom(node, key);
  }
  NodeKey key(const Node& node) const noexcept;
  /// The bytes of a number's value.
  const std::byte* number(const Node& node) const noexcept {
    return is_literal(*node.op) ? reinterpret_cast<const std::byte*>(words.data() + node.first_word + 1)
                                : numbers[node.detail].bytes;
  }
  /// The node that a chain of views looks at; the node itself if it is no view.
  NodeId root(NodeId id) const noexcept { return nodes[id].view ? nodes[id].detail : id; }

  /// The user's line that recorded the node this time.
  std::source_location line(NodeId id) const noexcept;

  std::uint64_t structure_after(NodeId head, const NodeKey& key) const noexcept;
  /// Appends a node. The key may refer to inputs and words of this recording.
  void push(const NodeKey& key, DType dtype, const Shape* shape, std::source_location where);
  /// Forgets the nodes from `size` on, and the plans and gradients that use them.
  void truncate(NodeId size) noexcept;
  void clear() noexcept;
  void mark_keep(NodeId node, Keep why) {
    if (nodes[node].keep != Keep::no) return;
    nodes[node].keep = why;
    ++keep_version;
  }

  /// True if the first `head` nodes equal the other's.
  bool shares_prefix(const Recording& other, NodeId head) const noexcept;
  /// Copies the first `head` nodes of another recording; this one must be empty.
  void copy_prefix(const Recording& other, NodeId head);
  /// Copies the values of leaves and the definitions of users' ops that the first `head` nodes of the other are bound to.
  void bind_prefix(const Recording& other, NodeId head);
  /// Releases the tensors that were recorded as leaves.
  void release_leaves() noexcept;
};

}  // namespace capstan
