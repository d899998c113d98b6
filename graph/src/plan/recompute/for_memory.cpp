// Takes  values, and a policy.
// Gives  values without units, in which backward recomputes values of forward, so that the fewest bytes are saved for it: a
//        minimum cut chooses what is saved. Where forward is cut into checkpoint segments, products are recomputed too:
//        what crosses from one segment to the next is saved, and everything else in a segment is recomputed when backward
//        comes to it.
// Called by the search for a plan that fits a memory budget alone.

#include <algorithm>
#include <numeric>

#include "plan/passes.hpp"
#include "plan/recompute/min_cut.hpp"
#include "plan/recompute/recompute.hpp"

namespace capstan::plan {

namespace {

constexpr std::uint32_t quarters = 4;
constexpr std::uint32_t segments_tried[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

class MemoryCut {
 public:
  MemoryCut(const Values& values, const RecomputePolicy& policy)
      : values_{values}, policy_{policy}, forward_{values.first_backward} {}

  /// Empty if there is nothing to recompute.
  RecomputedFor find() {
    if (forward_ == values_.size()) return {};
    find_last_readers();
    find_segments();
    number_.assign(values_.size(), none);
    for (ValueId v = forward_; v < values_.size(); ++v) {
      if (!values_[v].is_backward) continue;
      for (const ValueId input : values_.inputs_of(v)) {
        if (!values_[input].is_backward && !values_[input].is_source) cut_.need(number(input));
      }
    }
    for (std::size_t k = 0; k < in_cut_.size(); ++k) {
      const auto made = static_cast<MinCut::Value>(k);
      if (!cut_.can_compute(made)) continue;
      for (const ValueId input : values_.inputs_of(in_cut_[k])) {
        if (!values_[input].is_source) cut_.depend(made, number(input));
      }
    }
    return recomputed();
  }

 private:
  bool is_view(ValueId v) const { return !values_[v].is_source && values_[v].is_view; }
  /// The bytes of memory that the value takes.
  std::int64_t bytes(ValueId v) const { return values_[v].is_source || is_view(v) ? 0 : values_[v].bytes(); }

  /// The last values of forward that read each, directly or through views.
  void find_last_readers() {
    last_.resize(forward_);
    std::iota(last_.begin(), last_.end(), 0u);
    for (std::uint32_t i = forward_; i-- > 0;) {
      for (const ValueId input : values_.inputs_of(i)) last_[input] = std::max(last_[input], is_view(i) ? last_[i] : i);
    }
  }

  /// Cuts forward into segments of about the same bytes. Each ends, near its ideal end, where the fewest bytes cross.
  void find_segments() {
    PodVector<std::int64_t> made, crossing;  // per value: the bytes up to it, and those that live beyond it
    made.assign(forward_, 0);
    crossing.assign(forward_, 0);
    for (std::uint32_t i = 0; i < forward_; ++i) {
      made[i] = (i == 0 ? 0 : made[i - 1]) + bytes(i);
      crossing[i] += (i == 0 ? 0 : crossing[i - 1]) + bytes(i);
      crossing[last_[i]] -= bytes(i);
    }
    const std::int64_t total = forward_ == 0 ? 0 : made[forward_ - 1];
    segment_.assign(forward_, 0);
    part_end_ = total * policy_.part / policy_.parts;
    std::uint32_t begin = 0;  // of the current segment
    for (std::uint32_t s = 1; s < policy_.segments; ++s) {
      const std::int64_t ideal = total / policy_.segments * s, slack = total / policy_.segments / 4;
      const auto low = std::lower_bound(made.begin() + begin, made.end(), ideal - slack);
      const auto high = std::upper_bound(low, made.end(), ideal + slack);
      if (low == high) continue;
      const auto first = crossing.begin() + (low - made.begin());
      const auto best = std::min_element(first, first + (high - low));
      const auto end = static_cast<std::uint32_t>(best - crossing.begin()) + 1;
      for (; begin < end; ++begin) segment_[begin] = s - 1;
    }
    for (; begin < forward_; ++begin) segment_[begin] = policy_.segments - 1;
    made_ = std::move(made);
  }

  bool may_recompute(ValueId i) const {
    const Traits& traits = values_[i].op->traits();
    if (traits.kind == Kind::view) return true;
    if (traits.recompute == Recompute::never) return false;
    if (i < forward_) {
      if (made_[i] > part_end_ || segment_[last_[i]] != segment_[i]) return false;
      if (policy_.products && segment_[i] + 1 < policy_.segments) return true;
    }
    return traits.kind == Kind::elementwise || traits.kind == Kind::fold;
  }

  /// The number of a value in the cut, which it enters if it is new there.
  MinCut::Value number(ValueId v) {
    if (number_[v] != none) return number_[v];
    const std::int64_t keep = is_view(v) ? MinCut::unkeepable : values_[v].is_output ? 0 : bytes(v);
    in_cut_.push_back(v);
    return number_[v] = may_recompute(v) ? cut_.add(keep, 0) : cut_.add(keep);
  }

  RecomputedFor recomputed() {
    const std::vector<bool> chosen = cut_.computed_again();
    RecomputedFor reader;
    reader.assign(values_.size(), not_recomputed);
    bool any = false;
    for (ValueId v = 0; v < values_.size(); ++v) {
      if (number_[v] == none || !chosen[number_[v]]) continue;
      if (is_view(v) && reader[values_.inputs_of(v)[0]] == not_recomputed) continue;  // a view of a saved value
      reader[v] = 0;
      any = true;
    }
    return any ? std::move(reader) : RecomputedFor{};
  }

  const Values& values_;
  const RecomputePolicy& policy_;
  ValueId forward_;  ///< where forward ends
  // Per value of forward:
  PodVector<ValueId> last_;  ///< its last reader
  PodVector<std::uint32_t> segment_;
  PodVector<std::int64_t> made_;     ///< the bytes of all values up to it
  std::int64_t part_end_ = 0;        ///< in bytes
  PodVector<MinCut::Value> number_;  ///< per value: its number in the cut, or none
  std::vector<ValueId> in_cut_;      ///< in the order of the cut
  MinCut cut_;
};

}  // namespace

std::vector<RecomputePolicy> recompute_policies() {
  std::vector<RecomputePolicy> all;
  for (std::uint32_t part = 1; part <= quarters; ++part) {
    all.push_back({.part = part, .parts = quarters, .segments = 1, .products = false});
  }
  all.push_back({.part = 1, .parts = 1, .segments = 8, .products = false});
  for (const std::uint32_t segments : segments_tried) {
    all.push_back({.part = 1, .parts = 1, .segments = segments, .products = true});
  }
  return all;
}

std::optional<Program> recompute_for_memory(const Program& program, const RecomputePolicy& policy) {
  const RecomputedFor reader = MemoryCut{program.values, policy}.find();
  return reader.empty() ? std::nullopt : std::optional{recompute(program, reader)};
}

}  // namespace capstan::plan
