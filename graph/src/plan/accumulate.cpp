#include "plan/accumulate.hpp"

#include <variant>

#include <capstan/graph/algebra.hpp>

#include "plan/kinds.hpp"

namespace capstan {

namespace {

class Finder {
 public:
  explicit Finder(const NeededNodes& needed) : needed_{needed}, recording_{needed.recording} {}

  PodVector<NodeId> find() {
    addend_.assign(needed_.nodes.size(), no_node);
    for (const NodeId id : needed_.nodes) {
      if (!is_sum_of_own_kind(id)) continue;
      if (readers_.empty()) count_readers();
      const auto operands = recording_.inputs(node(id));
      if (can_be_added(operands[1]) && can_be_added_to(operands[0])) {
        addend_[at(id)] = operands[1];
      } else if (can_be_added(operands[0]) && can_be_added_to(operands[1])) {
        addend_[at(id)] = operands[0];
      }
    }
    return std::move(addend_);
  }

 private:
  std::size_t at(NodeId id) const { return needed_.positions[id]; }
  const Node& node(NodeId id) const { return recording_.nodes[id]; }

  /// An addition of two values of its own shape.
  bool is_sum_of_own_kind(NodeId id) const {
    const Node& n = node(id);
    if (n.op != &addition_ || needed_.is_source[at(id)]) return false;
    const auto operands = recording_.inputs(n);
    return operands[0] != operands[1] && node(operands[0]).shape == n.shape && node(operands[1]).shape == n.shape;
  }

  void count_readers() {
    readers_.assign(needed_.nodes.size(), 0);
    for (const NodeId id : needed_.nodes) {
      if (needed_.is_source[at(id)]) continue;
      for (const NodeId input : recording_.inputs(node(id))) ++readers_[at(input)];
    }
  }

  /// Whether nothing but the addition that reads it needs the value.
  bool ends_here(NodeId id) const {
    return !needed_.is_source[at(id)] && !needed_.is_output[at(id)] && readers_[at(id)] == 1;
  }

  bool can_be_added(NodeId id) const {
    if (!ends_here(id)) return false;
    const auto* const product = std::get_if<Contraction>(&needed_.computations[at(id)]);
    if (product == nullptr) return false;
    const auto factors = recording_.inputs(node(id));
    return adds_in_place(sizes_of(*product, *node(factors[0]).shape, *node(factors[1]).shape));
  }

  /// A value that a group makes had better be added there, where it is at hand.
  bool can_be_added_to(NodeId id) const {
    const Node& n = node(id);
    return ends_here(id) && !n.view && (n.op->kind() != Kind::elementwise || addend_[at(id)] != no_node);
  }

  const NeededNodes& needed_;
  const Recording& recording_;
  const Op& addition_ = addition();
  PodVector<NodeId> addend_;
  PodVector<std::uint32_t> readers_;  ///< of each needed node
};

}  // namespace

PodVector<NodeId> find_addends(const NeededNodes& needed) { return Finder{needed}.find(); }

}  // namespace capstan
