// Clusters: which values run together, while that is being found. Elementwise values that are joined make a group; a
// reduction that is fused into the group of its input is in it as well; every other value is a cluster of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/pending/disjoint_sets.hpp>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/fuse/fusible.hpp"
#include "plan/program.hpp"

namespace capstan::plan {

class Clusters {
 public:
  enum class Kind : std::uint8_t { source, view, elementwise, reduction, other };

  /// Every value by itself, on level 0.
  Clusters(const Values& values, const PodVector<ValueId>& accumulated);

  const Values& values() const noexcept { return values_; }
  std::uint32_t size() const noexcept { return values_.size(); }
  const Value& operator[](ValueId v) const noexcept { return values_[v]; }
  std::span<const ValueId> inputs(ValueId v) const noexcept { return values_.inputs_of(v); }

  Kind kind(ValueId v) const { return states_[v].kind; }
  bool is_source(ValueId v) const { return kind(v) == Kind::source; }
  bool is_elementwise(ValueId v) const { return kind(v) == Kind::elementwise; }
  /// Finds the kind of a value whose inputs have theirs, and its level from the levels of its inputs.
  void place(ValueId v);
  /// Makes a reduction that cannot be fused after all a cluster of its own.
  void set_apart(ValueId reduction) { states_[reduction].kind = Kind::other; }
  /// The reductions that may be fused into the group of their input.
  const std::vector<FusibleReduction>& reductions() const noexcept { return reductions_; }

  /// The first member of a value's cluster, which stands for the cluster.
  std::uint32_t root(ValueId v) { return sets_.find_set(v); }
  /// Joins the clusters of two values of one level.
  void join(ValueId a, ValueId b) { sets_.link(root(a), root(b)); }
  /// Makes a reduction a member of a group.
  void fuse(ValueId reduction, std::uint32_t group) { parent_[reduction] = group; }

  bool in_group(ValueId v) const { return is_elementwise(v) || kind(v) == Kind::reduction; }
  /// The group of an elementwise value, or the group that a reduction may be fused into.
  std::uint32_t group_of(ValueId v) { return root(kind(v) == Kind::reduction ? inputs(v)[0] : v); }
  bool in_one_group(ValueId a, ValueId b) { return in_group(a) && in_group(b) && group_of(a) == group_of(b); }

  std::uint32_t level(std::uint32_t root) const { return states_[root].level; }
  std::uint32_t level_of(ValueId v) { return level(in_group(v) ? group_of(v) : v); }
  void set_level(std::uint32_t group, std::uint32_t level) { states_[root(group)].level = level; }
  /// By how much the level rises from an input to its reader: a cluster is on one level.
  std::uint32_t rise(ValueId reader, ValueId input) const;
  /// True if the value is there before any instruction of the plan has run, or is a view of such a value.
  bool is_available(ValueId v) const { return is_source(v) || (kind(v) == Kind::view && states_[v].level == 0); }

 private:
  /// Of two roots the first member becomes the root of both.
  struct FirstMember {
    using key_type = std::uint32_t;
    using value_type = std::uint32_t;
    using reference = std::uint32_t;
    using category = boost::read_write_property_map_tag;
    friend std::uint32_t get(FirstMember, std::uint32_t i) noexcept { return UINT32_MAX - i; }
    friend void put(FirstMember, std::uint32_t, std::uint32_t) noexcept {}
  };
  using Sets = boost::disjoint_sets<FirstMember, std::uint32_t*, boost::find_with_path_halving>;

  Kind kind_of(ValueId v);
  /// True if a recomputed value reads one that is not recomputed: in one group, it would be computed in forward.
  bool comes_late(ValueId reader, ValueId input) const {
    return values_[reader].is_recomputed && !values_[input].is_recomputed;
  }

  const Values& values_;
  const PodVector<ValueId>& accumulated_;
  struct State {
    std::uint32_t level = 0;
    Kind kind = Kind::source;
  };
  PodVector<State> states_;          ///< per value
  PodVector<std::uint32_t> parent_;  ///< per value, of sets_
  std::vector<FusibleReduction> reductions_;
  Sets sets_;
};

/// The stages of fusion, in their order (fuse.cpp).
void sink_groups(Clusters& clusters);
void join_readers(Clusters& clusters);
void fuse_reductions(Clusters& clusters);
/// The clusters as units, in an order in which they can run.
Units in_order(Clusters& clusters);

}  // namespace capstan::plan
