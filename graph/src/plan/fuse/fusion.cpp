#include "plan/fuse/fusion.hpp"

#include <algorithm>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "plan/accumulate.hpp"
#include "plan/fuse/closing.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

/// Nodes get a level: it rises by one along every edge that leaves a group. Elementwise nodes of one level, shape and
/// dtype that are joined by edges make a group; since no path leaves a level and comes back, groups never wait for each
/// other in a circle. A group that hands on to later levels only then moves to the first of them, where it may meet others.
class Fuser {
 public:
  explicit Fuser(const NeededNodes& needed)
      : needed_{needed}, recording_{needed.recording}, addend_{find_addends(needed)} {
    const std::size_t size = needed.nodes.size();
    kind_.assign(size, Kind::source);
    level_.assign(size, 0);
    parent_.resize(size);
    for (std::size_t i = 0; i < size; ++i) parent_[i] = static_cast<std::uint32_t>(i);
  }

  Fusion fuse() {
    for (const NodeId id : needed_.nodes) place(id);
    sink();
    join_readers();
    row_.assign(kind_.size(), 0);
    column_.assign(kind_.size(), 0);
    for (const Closing& closing : closings_) {
      if (!close(closing)) kind_[at(closing.node)] = Kind::other;
    }
    Fusion fusion = in_order();
    fusion.addend = std::move(addend_);
    return fusion;
  }

 private:
  enum class Kind : std::uint8_t { source, view, elementwise, closing, other };

  std::size_t at(NodeId id) const { return needed_.positions[id]; }
  const Node& node(NodeId id) const { return recording_.nodes[id]; }

  std::uint32_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return static_cast<std::uint32_t>(i);
  }
  void join(NodeId a, NodeId b) {
    const std::uint32_t x = root(at(a)), y = root(at(b));  // of one level
    parent_[std::max(x, y)] = std::min(x, y);
  }

  Kind kind_of(NodeId id) {
    const Node& n = node(id);
    if (needed_.is_source[at(id)]) return Kind::source;
    if (n.op->is_view()) return Kind::view;
    if (addend_[at(id)] != no_node) return Kind::other;
    if (n.op->elementwise(n.dtype) != nullptr) return Kind::elementwise;
    const NodeId x = n.input_count == 1 ? recording_.inputs(n)[0] : id;
    if (x == id || kind_[at(x)] != Kind::elementwise || comes_late(n, x)) return Kind::other;
    const std::optional<Closing> closing = closing_of(recording_, id);
    if (!closing) return Kind::other;
    closings_.push_back(*closing);
    return Kind::closing;
  }

  void place(NodeId id) {
    const Node& n = node(id);
    const Kind kind = kind_[at(id)] = kind_of(id);
    if (kind == Kind::source) return;
    std::uint32_t level = 0;
    for (const NodeId input : recording_.inputs(n)) level = std::max(level, level_[at(input)] + rise(kind, n, input));
    level_[at(id)] = level;
    if (kind != Kind::elementwise) return;
    for (const NodeId input : recording_.inputs(n)) {
      if (kind_[at(input)] == Kind::elementwise && level_[at(input)] == level && same_domain(node(input), n))
        join(input, id);
    }
  }

  /// Whether a value is computed again of one that was made for others before: not in one group with it.
  bool comes_late(const Node& n, NodeId input) const { return n.again && !node(input).again; }

  std::uint32_t rise(Kind kind, const Node& n, NodeId input) const {
    switch (kind_[at(input)]) {
      case Kind::source:
      case Kind::view:
        return 0;
      case Kind::elementwise:
        if (kind == Kind::closing) return 0;
        return kind == Kind::elementwise && same_domain(node(input), n) && !comes_late(n, input) ? 0 : 1;
      default:
        return 1;
    }
  }

  static bool share_leaves(std::int64_t a, std::int64_t b) {
    return std::min(a, b) % row_block == 0 && std::max(a, b) % std::min(a, b) == 0;
  }

  bool in_group(NodeId id) const { return kind_[at(id)] == Kind::elementwise || kind_[at(id)] == Kind::closing; }
  /// The group of an elementwise node, or that which a reduction may close.
  std::uint32_t group_of(NodeId id) {
    return root(at(kind_[at(id)] == Kind::closing ? recording_.inputs(node(id))[0] : id));
  }
  std::uint32_t level_of(NodeId id) { return level_[in_group(id) ? group_of(id) : at(id)]; }

  struct Edge {
    std::uint32_t group;
    NodeId from, to;
  };

  /// Whether nothing that the plan makes would have to live longer, if what reads it waited.
  bool is_at_hand(NodeId id) const {
    return kind_[at(id)] == Kind::source || (kind_[at(id)] == Kind::view && level_[at(id)] == 0);
  }

  /// From the last level to the first, so that those who read a group have their places already. Only groups that read
  /// what is at hand anyway wait, and what is computed again.
  void sink() {
    PodVector<bool> waits;  // of a group, at its root
    waits.assign(kind_.size(), true);
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] != Kind::elementwise || node(id).again) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        const bool inside = in_group(input) && group_of(input) == group_of(id);
        if (!inside && !is_at_hand(input)) waits[group_of(id)] = false;
      }
    }
    std::vector<Edge> edges;  // that leave a group
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] == Kind::source) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        if (!in_group(input) || (in_group(id) && group_of(id) == group_of(input))) continue;
        if (waits[group_of(input)]) edges.push_back({group_of(input), input, id});
      }
    }
    const auto later = [this](const Edge& a, const Edge& b) {
      return level_[a.group] != level_[b.group] ? level_[a.group] > level_[b.group] : a.group < b.group;
    };
    std::sort(edges.begin(), edges.end(), later);
    for (auto first = edges.begin(); first != edges.end();) {
      const auto end = std::find_if(first, edges.end(), [first](const Edge& e) { return e.group != first->group; });
      std::uint32_t level = UINT32_MAX;
      for (auto e = first; e != end; ++e)
        level = std::min(level, level_of(e->to) - rise(kind_[at(e->to)], node(e->to), e->from));
      level_[root(first->group)] = level;
      for (auto e = first; e != end; ++e) {
        if (kind_[at(e->from)] == Kind::elementwise && kind_[at(e->to)] == Kind::elementwise &&
            same_domain(node(e->from), node(e->to)) && level_of(e->to) == level)
          join(e->from, e->to);
      }
      first = end;
    }
  }

  /// Groups, at their roots, none of whose values is written, if all reductions close them.
  PodVector<bool> find_closed() {
    PodVector<bool> closed;
    closed.assign(kind_.size(), true);
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] == Kind::elementwise && needed_.is_output[at(id)]) closed[group_of(id)] = false;
      if (kind_[at(id)] == Kind::source) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        if (kind_[at(input)] != Kind::elementwise) continue;
        const bool inside = in_group(id) && group_of(id) == group_of(input);
        if (!inside) closed[group_of(input)] = false;
      }
    }
    return closed;
  }

  /// Joins groups of one level that read the same value, so that it is read once. One of the two writes nothing, so that
  /// none of the other's values has to live longer for it.
  void join_readers() {
    PodVector<bool> closed = find_closed();
    PodVector<NodeId> reader;  // of each node, the last that was met
    reader.assign(kind_.size(), no_node);
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] != Kind::elementwise || node(id).again) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        if (!same_domain(node(input), node(id)) || (in_group(input) && group_of(input) == group_of(id))) continue;
        const NodeId before = std::exchange(reader[at(input)], id);
        if (before == no_node) continue;
        const std::uint32_t a = group_of(before), b = group_of(id);
        if (a == b || level_[a] != level_[b] || !(closed[a] || closed[b])) continue;
        const bool both = closed[a] && closed[b];
        join(before, id);
        closed[group_of(id)] = both;
      }
    }
  }

  /// Whether a reduction can close its input's group. Folds of rows must agree on what a row is, unless their rows are
  /// made of the same leaves, or one folds everything; folds of columns must agree.
  bool close(const Closing& closing) {
    const std::uint32_t group = group_of(closing.node);
    const bool by_rows = closing.kind == Closing::Kind::rows;
    if (node(recording_.inputs(node(closing.node))[0]).shape->elements() == closing.extent) {
      parent_[at(closing.node)] = group;
      return true;
    }
    std::int64_t& extent = (by_rows ? row_ : column_)[group];
    if (extent != 0 && extent != closing.extent && !(by_rows && share_leaves(extent, closing.extent))) return false;
    extent = extent == 0 ? closing.extent : std::min(extent, closing.extent);
    parent_[at(closing.node)] = group;
    return true;
  }

  /// Calls visit(from, to) for each edge between two units.
  template <class Visit>
  void for_edges(Visit visit) {
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] == Kind::source) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        if (kind_[at(input)] != Kind::source && root(at(input)) != root(at(id))) visit(at(input), at(id));
      }
    }
  }

  /// Units, at their roots.
  struct Units {
    PodVector<std::uint32_t> last, size;            ///< node, and how many there are
    PodVector<bool> is_single, is_of_numbers;       ///< all of its nodes
    PodVector<std::uint32_t> waits_for;             ///< edges into it
    PodVector<std::uint32_t> readers, readers_end;  ///< the units at the ends of the edges from it, one after another
  };

  Units count_units(Fusion& fusion) {
    Units units;
    for (auto* const counts : {&units.last, &units.size, &units.waits_for}) counts->assign(kind_.size(), 0);
    units.is_single.assign(kind_.size(), true);
    units.is_of_numbers.assign(kind_.size(), true);
    units.readers_end.assign(kind_.size() + 1, 0);
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] == Kind::source) continue;
      const std::uint32_t unit = root(at(id));
      units.last[unit] = static_cast<std::uint32_t>(at(id));
      ++units.size[unit];
      units.is_single[unit] = units.is_single[unit] && is_single(id);
      units.is_of_numbers[unit] = units.is_of_numbers[unit] && units.is_single[unit] && is_of_numbers(id);
    }
    for_edges([&](std::size_t from, std::size_t to) {
      fusion.leaves_unit[from] = true;
      ++units.waits_for[root(to)];
      ++units.readers_end[root(from) + 1];
    });
    for (std::size_t i = 0; i < kind_.size(); ++i) units.readers_end[i + 1] += units.readers_end[i];
    units.readers.resize(units.readers_end[kind_.size()]);
    PodVector<std::uint32_t> next;
    next.assign(kind_.size(), 0);
    for_edges([&](std::size_t from, std::size_t to) {
      const std::uint32_t unit = root(from);
      units.readers[units.readers_end[unit] + next[unit]++] = root(to);
    });
    return units;
  }

  /// Whether single elements give a single one.
  bool is_single(NodeId id) const {
    const auto one = [this](NodeId n) { return node(n).shape->elements() == 1; };
    const auto inputs = recording_.inputs(node(id));
    return kind_[at(id)] == Kind::elementwise && one(id) && std::all_of(inputs.begin(), inputs.end(), one);
  }
  /// Whether all of a node's inputs are the program's numbers, or of its own unit.
  bool is_of_numbers(NodeId id) {
    const auto inputs = recording_.inputs(node(id));
    return std::all_of(inputs.begin(), inputs.end(), [this, id](NodeId input) {
      return is_number(*node(input).op) || (kind_[at(input)] != Kind::source && root(at(input)) == root(at(id)));
    });
  }

  /// Units, by the last of their nodes wherever there is a choice: close to the order in which they were recorded. But so
  /// that single elements stand between no others, what is made of numbers alone, such as a 1/n, comes first, and what is
  /// made of other single ones, such as a sum of two costs, last.
  Fusion in_order() {
    Fusion fusion;
    fusion.leaves_unit.assign(kind_.size(), false);
    Units units = count_units(fusion);
    const auto turn = [&units](std::uint32_t unit) {
      const int usual = units.is_single[unit] ? 2 : 1;
      return std::pair{units.is_of_numbers[unit] ? 0 : usual, units.last[unit]};
    };
    const auto later = [turn](std::uint32_t a, std::uint32_t b) { return turn(a) > turn(b); };
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready{later};
    for (std::uint32_t i = 0; i < kind_.size(); ++i) {
      if (units.size[i] > 0 && units.waits_for[i] == 0) ready.push(i);
    }
    PodVector<std::uint32_t> start;  // of a unit, in fusion.nodes
    start.assign(kind_.size(), 0);
    std::uint32_t placed = 0;
    while (!ready.empty()) {
      const std::uint32_t unit = ready.top();
      ready.pop();
      start[unit] = placed;
      placed += units.size[unit];
      fusion.unit_end.push_back(placed);
      for (std::uint32_t r = units.readers_end[unit]; r < units.readers_end[unit + 1]; ++r) {
        if (--units.waits_for[units.readers[r]] == 0) ready.push(units.readers[r]);
      }
    }
    fusion.nodes.resize(placed);
    for (const NodeId id : needed_.nodes) {
      if (kind_[at(id)] != Kind::source) fusion.nodes[start[root(at(id))]++] = id;
    }
    return fusion;
  }

  const NeededNodes& needed_;
  const Recording& recording_;
  PodVector<NodeId> addend_;
  PodVector<Kind> kind_;           // of each needed node, as all that follow
  std::vector<Closing> closings_;  // that may close a group
  PodVector<std::uint32_t> level_;
  PodVector<std::uint32_t> parent_;       // towards the root of the unit
  PodVector<std::int64_t> row_, column_;  // of a group, at its root; 0 while any will do
};

}  // namespace

Fusion fuse(const NeededNodes& needed) { return Fuser{needed}.fuse(); }

}  // namespace capstan
