// Clusters: which of the needed nodes run together, while that is being found. Elementwise nodes that are joined make a
// group; a reduction that closes the group of its input is in it as well; every other node is a cluster of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/pending/disjoint_sets.hpp>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/fuse/closing.hpp"
#include "plan/fuse/fusion.hpp"

namespace capstan {

class Clusters {
 public:
  enum class Kind : std::uint8_t { source, view, elementwise, closing, other };

  /// Every node by itself, on level 0.
  Clusters(const NeededNodes& needed, const PodVector<NodeId>& addend);

  const NeededNodes& needed() const noexcept { return needed_; }
  std::size_t size() const noexcept { return kind_.size(); }
  std::size_t at(NodeId id) const { return needed_.positions[id]; }
  const Node& node(NodeId id) const { return needed_.recording.nodes[id]; }
  std::span<const NodeId> inputs(NodeId id) const { return needed_.recording.inputs(node(id)); }

  Kind kind(NodeId id) const { return kind_[at(id)]; }
  bool is_source(NodeId id) const { return kind(id) == Kind::source; }
  bool is_elementwise(NodeId id) const { return kind(id) == Kind::elementwise; }
  /// Finds the kind of a node whose inputs have theirs, and its level from those of its inputs.
  void place(NodeId id);
  /// A reduction that cannot close a group after all.
  void set_apart(NodeId closing) { kind_[at(closing)] = Kind::other; }
  /// Reductions that may close a group.
  const std::vector<Closing>& closings() const noexcept { return closings_; }

  /// The first member of a node's cluster stands for it.
  std::uint32_t root(std::size_t i) { return sets_.find_set(static_cast<std::uint32_t>(i)); }
  /// Joins the clusters of two nodes of one level.
  void join(NodeId a, NodeId b) { sets_.link(root(at(a)), root(at(b))); }
  /// Makes a reduction a member of a group.
  void close(NodeId closing, std::uint32_t group) { parent_[at(closing)] = group; }

  bool in_group(NodeId id) const { return is_elementwise(id) || kind(id) == Kind::closing; }
  /// The group of an elementwise node, or that which a reduction may close.
  std::uint32_t group_of(NodeId id) { return root(at(kind(id) == Kind::closing ? inputs(id)[0] : id)); }
  bool in_one_group(NodeId a, NodeId b) { return in_group(a) && in_group(b) && group_of(a) == group_of(b); }

  std::uint32_t level(std::uint32_t root) const { return level_[root]; }
  std::uint32_t level_of(NodeId id) { return level_[in_group(id) ? group_of(id) : at(id)]; }
  void set_level(std::uint32_t group, std::uint32_t level) { level_[root(group)] = level; }
  /// By how much the level rises from an input to its reader: a cluster is on one level.
  std::uint32_t rise(NodeId reader, NodeId input) const;
  /// True if the value is there before any instruction of the plan has run, or is a view of such a value.
  bool is_available(NodeId id) const { return is_source(id) || (kind(id) == Kind::view && level_[at(id)] == 0); }

 private:
  /// Of two roots the first member becomes that of both.
  struct FirstMember {
    using key_type = std::uint32_t;
    using value_type = std::uint32_t;
    using reference = std::uint32_t;
    using category = boost::read_write_property_map_tag;
    friend std::uint32_t get(FirstMember, std::uint32_t i) noexcept { return UINT32_MAX - i; }
    friend void put(FirstMember, std::uint32_t, std::uint32_t) noexcept {}
  };
  using Sets = boost::disjoint_sets<FirstMember, std::uint32_t*, boost::find_with_path_halving>;

  Kind kind_of(NodeId id);
  /// True if a recomputed node reads a value that is not recomputed: in one group, it would be computed in forward.
  bool comes_late(NodeId reader, NodeId input) const { return node(reader).again && !node(input).again; }

  const NeededNodes& needed_;
  const PodVector<NodeId>& addend_;
  // Indexed by number among the needed nodes:
  PodVector<Kind> kind_;
  PodVector<std::uint32_t> level_;
  PodVector<std::uint32_t> parent_;
  std::vector<Closing> closings_;
  Sets sets_;
};

/// The passes of fusion, in their order (fusion.cpp).
void sink_groups(Clusters& clusters);
void join_readers(Clusters& clusters);
void close_groups(Clusters& clusters);
/// Clusters in an order in which they can run.
Fusion in_order(Clusters& clusters);

}  // namespace capstan
