// Takes  values with their units.
// Gives  values without units, in which a group of backward recomputes the cheap values of forward that cost less so than
//        they cost to be written and read: that goes twice through their bytes, and a cheap op takes about as long as
//        going through them once. A minimum cut chooses them.
// After  fuse, because the groups decide what is read together; so what it gives is fused once more.

#include <algorithm>

#include "plan/passes.hpp"
#include "plan/recompute/min_cut.hpp"
#include "plan/recompute/recompute.hpp"

namespace capstan::plan {

namespace {

constexpr std::uint32_t several = none - 1;

/// The units that read the values of other units. Per value:
struct Readers {
  PodVector<std::uint32_t> unit_of;   ///< none: a source
  PodVector<std::uint32_t> backward;  ///< the unit of backward that reads the value, none or several
  PodVector<bool> forward;            ///< another unit of forward reads it
};

Readers find_readers(const Program& program) {
  const Values& values = program.values;
  const Units& units = program.units;
  Readers readers;
  readers.unit_of.assign(values.size(), none);
  readers.backward.assign(values.size(), none);
  readers.forward.assign(values.size(), false);
  std::uint32_t unit = 0, begin = 0;
  for (const std::uint32_t end : units.ends) {
    for (; begin < end; ++begin) readers.unit_of[units.members[begin]] = unit;
    ++unit;
  }
  for (const ValueId v : units.members) {
    const std::uint32_t own = readers.unit_of[v];
    for (const ValueId input : values.inputs_of(v)) {
      if (readers.unit_of[input] == own) continue;
      std::uint32_t& reader = readers.backward[input];
      if (!values[v].is_backward) {
        readers.forward[input] = true;
      } else if (reader != own) {
        reader = reader == none ? own : several;
      }
    }
  }
  return readers;
}

class CheapCut {
 public:
  explicit CheapCut(const Program& program) : program_{program}, values_{program.values} {}

  /// Empty if there is nothing to recompute.
  RecomputedFor find() {
    if (!has_candidates()) return {};
    recomputed_for_.assign(values_.size(), not_recomputed);
    readers_ = find_readers(program_);
    number_.assign(values_.size(), none);
    std::uint32_t begin = 0;
    const Units& units = program_.units;
    for (std::uint32_t unit = 0; unit < units.ends.size(); ++unit) {
      const std::uint32_t end = units.ends[unit];
      cut(unit, {units.members.data() + begin, end - begin});
      begin = end;
    }
    return found_ ? std::move(recomputed_for_) : RecomputedFor{};
  }

 private:
  /// True if it runs in a group, or would if it were computed.
  bool is_elementwise(ValueId v) const {
    return values_[v].kind() == Kind::elementwise && program_.accumulated[v] == none;
  }
  bool is_cheap(ValueId v) const {
    const Value& value = values_[v];
    return !value.is_backward && !value.is_source && !value.is_output &&
           value.op->traits().recompute == Recompute::cheap && is_elementwise(v);
  }

  /// Most plans have none, or no backward.
  bool has_candidates() const {
    for (ValueId reader = values_.size(); reader-- > values_.first_backward;) {
      if (values_[reader].is_source || !is_elementwise(reader)) continue;
      for (const ValueId input : values_.inputs_of(reader)) {
        if (same_domain(values_[input], values_[reader]) && is_cheap(input)) return true;
      }
    }
    return false;
  }

  /// True if the unit could compute the value for itself, and contains all values of backward that read it.
  bool is_candidate(ValueId v, std::uint32_t unit, const Value& reader) const {
    const std::uint32_t known = recomputed_for_[v] == not_recomputed ? readers_.backward[v] : recomputed_for_[v];
    return same_domain(values_[v], reader) && is_cheap(v) && (known == none || known == unit);
  }

  /// The bytes that are read to keep a value, and written if no other unit needs it.
  std::int64_t cost_to_keep(ValueId v, std::uint32_t unit) const {
    const std::uint32_t reader = readers_.backward[v];
    const bool written = !is_elementwise(v) || values_[v].is_source || values_[v].is_output || readers_.forward[v] ||
                         (reader != none && reader != unit);
    return values_[v].bytes() * (written ? 1 : 2);
  }

  /// The values that one group reads, and what they are computed from.
  struct Reads {
    std::uint32_t unit;
    std::span<const ValueId> members;
    MinCut cut;
    // In the order of the cut:
    std::vector<ValueId> values;
    std::vector<std::uint32_t> readers;  ///< how many of these values read each; the group counts as two
  };

  void cut(std::uint32_t unit, std::span<const ValueId> members) {
    if (members.back() < values_.first_backward || !is_elementwise(members.front())) return;
    Reads reads{.unit = unit, .members = members, .cut = {}, .values = {}, .readers = {}};
    add_candidates(reads);
    if (!reads.values.empty()) {
      add_operands(reads);
      add_needs(reads);
      if (may_pay(reads)) decide(reads);
    }
    for (const ValueId v : reads.values) number_[v] = none;
  }

  MinCut::Value add(Reads& reads, ValueId v, bool may_recompute) {
    reads.values.push_back(v);
    reads.readers.push_back(0);
    const std::int64_t keep = cost_to_keep(v, reads.unit);
    return number_[v] = may_recompute ? reads.cut.add(keep, values_[v].bytes()) : reads.cut.add(keep);
  }

  void add_candidates(Reads& reads) {
    const Value& reader = values_[reads.members.front()];
    for (const ValueId v : reads.members) {
      if (!values_[v].is_backward) continue;
      for (const ValueId input : values_.inputs_of(v)) {
        if (readers_.unit_of[input] != reads.unit && number_[input] == none && is_candidate(input, reads.unit, reader))
          add(reads, input, true);
      }
    }
  }

  /// Recomputing a value costs at most half of keeping one, so more than two values recomputed for each one that need not
  /// be kept do not pay.
  void add_operands(Reads& reads) {
    const Value& reader = values_[reads.members.front()];
    std::size_t more = reads.values.size();
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      const auto made = static_cast<MinCut::Value>(k);
      if (!reads.cut.can_compute(made)) continue;
      for (const ValueId input : values_.inputs_of(reads.values[k])) {
        if (number_[input] == none) {
          const bool may_recompute = more > 0 && is_candidate(input, reads.unit, reader);
          more -= may_recompute ? 1 : 0;
          add(reads, input, may_recompute);
        }
        reads.cut.depend(made, number_[input]);
        ++reads.readers[number_[input]];
      }
    }
  }

  /// Values that the group reads in any case.
  void add_needs(Reads& reads) const {
    for (const ValueId v : reads.members) {
      for (const ValueId input : values_.inputs_of(v)) {
        if (readers_.unit_of[input] == reads.unit || number_[input] == none) continue;
        reads.cut.need(number_[input]);
        reads.readers[number_[input]] += 2;
      }
    }
  }

  /// False if each value to be recomputed has an operand of its size that no other value needs: the op and the operand
  /// cost as much as keeping the value.
  bool may_pay(const Reads& reads) const {
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      if (!reads.cut.can_compute(static_cast<MinCut::Value>(k))) continue;
      const ValueId v = reads.values[k];
      const auto inputs = values_.inputs_of(v);
      const bool has_own = std::any_of(inputs.begin(), inputs.end(), [&](ValueId input) {
        return reads.readers[number_[input]] == 1 && values_[input].bytes() >= values_[v].bytes();
      });
      if (!has_own) return true;
    }
    return false;
  }

  void decide(const Reads& reads) {
    const std::vector<bool> recomputed = reads.cut.computed_again();
    for (std::size_t k = 0; k < reads.values.size(); ++k) {
      if (!recomputed[k]) continue;
      recomputed_for_[reads.values[k]] = reads.unit;
      found_ = true;
    }
  }

  const Program& program_;
  const Values& values_;
  RecomputedFor recomputed_for_;
  Readers readers_;
  bool found_ = false;
  PodVector<MinCut::Value> number_;  ///< per value: its number in the current cut
};

}  // namespace

std::optional<Program> recompute_for_time(const Program& program) {
  const RecomputedFor reader = CheapCut{program}.find();
  return reader.empty() ? std::nullopt : std::optional{recompute(program, reader)};
}

}  // namespace capstan::plan
