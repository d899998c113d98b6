// What is computed again to save time: to write a value and to read it in a later group is to go twice through its
// bytes, and a cheap op is as quick as going through them once.

#include <algorithm>

#include "plan/recompute/min_cut.hpp"
#include "plan/recompute/recompute.hpp"

namespace capstan {

namespace {

constexpr std::uint32_t none = not_again, several = none - 1;

/// Who reads the values of other units. Indexed by number among the needed nodes:
struct Readers {
  PodVector<std::uint32_t> unit_of;   ///< none: a source
  PodVector<std::uint32_t> backward;  ///< the unit of backward that reads the value, none or several
  PodVector<bool> forward;            ///< another unit of forward reads it
};

Readers find_readers(const PlanRequest& request, const Work& work) {
  const auto at = [&request](NodeId id) { return request.positions[id]; };
  Readers readers;
  readers.unit_of.assign(work.needed.size(), none);
  readers.backward.assign(work.needed.size(), none);
  readers.forward.assign(work.needed.size(), false);
  std::uint32_t unit = 0, begin = 0;
  for (const std::uint32_t end : work.fusion.unit_end) {
    for (; begin < end; ++begin) readers.unit_of[at(work.fusion.nodes[begin])] = unit;
    ++unit;
  }
  for (const NodeId id : work.fusion.nodes) {
    const std::uint32_t own = readers.unit_of[at(id)];
    for (const NodeId input : request.recording.inputs(request.recording.nodes[id])) {
      if (readers.unit_of[at(input)] == own) continue;
      std::uint32_t& reader = readers.backward[at(input)];
      if (!work.is_backward[at(id)]) {
        readers.forward[at(input)] = true;
      } else if (reader != own) {
        reader = reader == none ? own : several;
      }
    }
  }
  return readers;
}

class CheapCut {
 public:
  CheapCut(const PlanRequest& request, const Work& work)
      : request_{request}, recording_{request.recording}, work_{work} {}

  Again find() {
    if (!has_candidates()) return {};
    again_.assign(work_.needed.size(), none);
    readers_ = find_readers(request_, work_);
    value_.assign(work_.needed.size(), none);
    std::uint32_t begin = 0;
    for (std::uint32_t unit = 0; unit < work_.fusion.unit_end.size(); ++unit) {
      const std::uint32_t end = work_.fusion.unit_end[unit];
      cut(unit, {work_.fusion.nodes.data() + begin, end - begin});
      begin = end;
    }
    return found_ ? std::move(again_) : Again{};
  }

 private:
  std::uint32_t at(NodeId id) const { return request_.positions[id]; }
  const Node& node(NodeId id) const { return recording_.nodes[id]; }
  /// Whether it runs in a group.
  bool is_elementwise(NodeId id) const {
    return node(id).op->kind() == Kind::elementwise && work_.fusion.addend[at(id)] == no_node;
  }
  bool is_cheap(NodeId id) const {
    return !work_.is_backward[at(id)] && !work_.is_source[at(id)] && !work_.is_output[at(id)] &&
           node(id).op->traits().recompute == Recompute::cheap && is_elementwise(id);
  }

  /// Most plans have none, or no backward.
  bool has_candidates() const {
    for (auto id = work_.needed.end(); id != work_.needed.begin() && *(id - 1) >= request_.backward; --id) {
      const Node& reader = node(*(id - 1));
      if (work_.is_source[at(*(id - 1))] || !is_elementwise(*(id - 1))) continue;
      for (const NodeId input : recording_.inputs(reader)) {
        if (same_domain(node(input), reader) && is_cheap(input)) return true;
      }
    }
    return false;
  }

  /// Whether the unit could compute it for itself, and all that read it in backward are in the unit.
  bool is_candidate(NodeId id, std::uint32_t unit, const Node& reader) const {
    const std::uint32_t known = again_[at(id)] == none ? readers_.backward[at(id)] : again_[at(id)];
    return same_domain(node(id), reader) && is_cheap(id) && (known == none || known == unit);
  }

  /// To read it, and to write it if nobody else needs that.
  std::int64_t cost_to_keep(NodeId id, std::uint32_t unit) const {
    const std::uint32_t reader = readers_.backward[at(id)];
    const bool written = !is_elementwise(id) || work_.is_source[at(id)] || work_.is_output[at(id)] ||
                         readers_.forward[at(id)] || (reader != none && reader != unit);
    return node(id).bytes() * (written ? 1 : 2);
  }

  /// What one group reads, with what that is made of.
  struct Reads {
    std::uint32_t unit;
    std::span<const NodeId> members;
    MinCut cut;
    std::vector<NodeId> values;          // of the cut, in its order, as all that follow
    std::vector<std::uint32_t> readers;  // among them; the group counts as two
  };

  void cut(std::uint32_t unit, std::span<const NodeId> members) {
    if (members.back() < request_.backward || !is_elementwise(members.front())) return;
    Reads reads{.unit = unit, .members = members, .cut = {}, .values = {}, .readers = {}};
    add_candidates(reads);
    if (!reads.values.empty()) {
      add_operands(reads);
      add_needs(reads);
      if (may_pay(reads)) decide(reads);
    }
    for (const NodeId id : reads.values) value_[at(id)] = none;
  }

  MinCut::Value add(Reads& reads, NodeId id, bool again) {
    reads.values.push_back(id);
    reads.readers.push_back(0);
    const std::int64_t keep = cost_to_keep(id, reads.unit);
    return value_[at(id)] = again ? reads.cut.add(keep, node(id).bytes()) : reads.cut.add(keep);
  }

  void add_candidates(Reads& reads) {
    const Node& reader = node(reads.members.front());
    for (const NodeId id : reads.members) {
      if (!work_.is_backward[at(id)]) continue;
      for (const NodeId input : recording_.inputs(node(id))) {
        if (readers_.unit_of[at(input)] != reads.unit && value_[at(input)] == none &&
            is_candidate(input, reads.unit, reader))
          add(reads, input, true);
      }
    }
  }

  /// To compute one costs half of what it costs to keep one at most: more than twice as many do not pay.
  void add_operands(Reads& reads) {
    const Node& reader = node(reads.members.front());
    std::size_t more = reads.values.size();
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      const auto made = static_cast<MinCut::Value>(k);
      if (!reads.cut.can_compute(made)) continue;
      for (const NodeId input : recording_.inputs(node(reads.values[k]))) {
        if (value_[at(input)] == none) {
          const bool again = more > 0 && is_candidate(input, reads.unit, reader);
          more -= again ? 1 : 0;
          add(reads, input, again);
        }
        reads.cut.depend(made, value_[at(input)]);
        ++reads.readers[value_[at(input)]];
      }
    }
  }

  /// What the group reads anyway costs nothing more.
  void add_needs(Reads& reads) const {
    for (const NodeId id : reads.members) {
      for (const NodeId input : recording_.inputs(node(id))) {
        if (readers_.unit_of[at(input)] == reads.unit || value_[at(input)] == none) continue;
        reads.cut.need(value_[at(input)]);
        reads.readers[value_[at(input)]] += 2;
      }
    }
  }

  /// Not where each value to be computed has an operand as large that serves nothing else: the op and the operand cost
  /// what it costs to keep the value.
  bool may_pay(const Reads& reads) const {
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      if (!reads.cut.can_compute(static_cast<MinCut::Value>(k))) continue;
      const NodeId id = reads.values[k];
      const auto inputs = recording_.inputs(node(id));
      const bool has_own = std::any_of(inputs.begin(), inputs.end(), [&](NodeId input) {
        return reads.readers[value_[at(input)]] == 1 && node(input).bytes() >= node(id).bytes();
      });
      if (!has_own) return true;
    }
    return false;
  }

  void decide(const Reads& reads) {
    const std::vector<bool> again = reads.cut.computed_again();
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      if (!again[k]) continue;
      again_[at(reads.values[k])] = reads.unit;
      found_ = true;
    }
  }

  const PlanRequest& request_;
  const Recording& recording_;
  const Work& work_;
  Again again_;
  Readers readers_;
  bool found_ = false;
  PodVector<MinCut::Value> value_;  // in the cut at hand
};

}  // namespace

Again recompute_cheap(const PlanRequest& request, const Work& work) { return CheapCut{request, work}.find(); }

}  // namespace capstan
