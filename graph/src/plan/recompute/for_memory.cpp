// What is computed again to save memory: as many bytes as a minimum cut leaves out, from what is kept. Products are among
// it where forward is cut into segments: what crosses from one to the next is kept, and all else of a segment is made
// again when backward comes to it.

#include <algorithm>
#include <numeric>

#include <boost/container/small_vector.hpp>

#include "plan/recompute/min_cut.hpp"
#include "plan/recompute/recompute.hpp"

namespace capstan {

namespace {

constexpr std::uint32_t quarters = 4;
constexpr std::uint32_t segments_tried[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

class MemoryCut {
 public:
  MemoryCut(const PlanRequest& request, const Work& work, const Saving& saving)
      : request_{request}, recording_{request.recording}, work_{work}, saving_{saving} {
    const auto begin = work.needed.begin();
    forward_ = static_cast<std::uint32_t>(std::lower_bound(begin, work.needed.end(), request.backward) - begin);
  }

  Again find() {
    if (forward_ == work_.needed.size()) return {};
    find_last_readers();
    find_segments();
    value_.assign(work_.needed.size(), not_again);
    for (std::uint32_t i = forward_; i < work_.needed.size(); ++i) {
      if (!work_.is_backward[i]) continue;
      for (const std::uint32_t input : inputs(i)) {
        if (!work_.is_backward[input] && !work_.is_source[input]) cut_.need(value(input));
      }
    }
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const auto made = static_cast<MinCut::Value>(k);
      if (!cut_.can_compute(made)) continue;
      for (const std::uint32_t input : inputs(values_[k])) {
        if (!work_.is_source[input]) cut_.depend(made, value(input));
      }
    }
    return again();
  }

 private:
  const Node& node(std::uint32_t i) const { return recording_.nodes[work_.needed[i]]; }
  boost::container::small_vector<std::uint32_t, 8> inputs(std::uint32_t i) const {
    boost::container::small_vector<std::uint32_t, 8> found;
    if (work_.is_source[i]) return found;
    for (const NodeId input : recording_.inputs(node(i))) found.push_back(request_.positions[input]);
    return found;
  }
  bool is_view(std::uint32_t i) const { return !work_.is_source[i] && node(i).view; }
  /// Of the memory that it takes.
  std::int64_t bytes(std::uint32_t i) const {
    if (work_.is_source[i] || is_view(i)) return 0;
    return node(i).bytes();
  }

  /// In forward, of the value or of a view of it.
  void find_last_readers() {
    last_.resize(forward_);
    std::iota(last_.begin(), last_.end(), 0u);
    for (std::uint32_t i = forward_; i-- > 0;) {
      for (const std::uint32_t input : inputs(i)) last_[input] = std::max(last_[input], is_view(i) ? last_[i] : i);
    }
  }

  /// Each of about the same bytes, and ending where the fewest cross, of the places near.
  void find_segments() {
    PodVector<std::int64_t> made, crossing;  // up to each node; beyond it
    made.assign(forward_, 0);
    crossing.assign(forward_, 0);
    for (std::uint32_t i = 0; i < forward_; ++i) {
      made[i] = (i == 0 ? 0 : made[i - 1]) + bytes(i);
      crossing[i] += (i == 0 ? 0 : crossing[i - 1]) + bytes(i);
      crossing[last_[i]] -= bytes(i);
    }
    const std::int64_t total = forward_ == 0 ? 0 : made[forward_ - 1];
    segment_.assign(forward_, 0);
    part_end_ = total * saving_.part / saving_.parts;
    std::uint32_t begin = 0;  // of the segment at hand
    for (std::uint32_t s = 1; s < saving_.segments; ++s) {
      const std::int64_t ideal = total / saving_.segments * s, slack = total / saving_.segments / 4;
      const auto low = std::lower_bound(made.begin() + begin, made.end(), ideal - slack);
      const auto high = std::upper_bound(low, made.end(), ideal + slack);
      if (low == high) continue;
      const auto first = crossing.begin() + (low - made.begin());
      const auto best = std::min_element(first, first + (high - low));
      const auto end = static_cast<std::uint32_t>(best - crossing.begin()) + 1;
      for (; begin < end; ++begin) segment_[begin] = s - 1;
    }
    for (; begin < forward_; ++begin) segment_[begin] = saving_.segments - 1;
    made_ = std::move(made);
  }

  bool may_compute(std::uint32_t i) const {
    const Traits& traits = node(i).op->traits();
    if (traits.kind == Kind::view) return true;
    if (traits.recompute == Recompute::never) return false;
    if (i < forward_) {
      if (made_[i] > part_end_ || segment_[last_[i]] != segment_[i]) return false;
      if (saving_.products && segment_[i] + 1 < saving_.segments) return true;
    }
    return traits.kind == Kind::elementwise || traits.kind == Kind::fold;
  }

  MinCut::Value value(std::uint32_t i) {
    if (value_[i] != not_again) return value_[i];
    const std::int64_t keep = is_view(i) ? MinCut::unkeepable : work_.is_output[i] ? 0 : bytes(i);
    values_.push_back(i);
    return value_[i] = may_compute(i) ? cut_.add(keep, 0) : cut_.add(keep);
  }

  Again again() {
    const std::vector<bool> computed = cut_.computed_again();
    Again again;
    again.assign(work_.needed.size(), not_again);
    bool any = false;
    for (std::uint32_t i = 0; i < value_.size(); ++i) {
      if (value_[i] == not_again || !computed[value_[i]]) continue;
      if (is_view(i) && again[inputs(i)[0]] == not_again) continue;  // of what is kept
      again[i] = 0;
      any = true;
    }
    return any ? std::move(again) : Again{};
  }

  const PlanRequest& request_;
  const Recording& recording_;
  const Work& work_;
  const Saving& saving_;
  std::uint32_t forward_;          // so many of the needed nodes
  PodVector<std::uint32_t> last_;  // of each of them, as all that follow
  PodVector<std::uint32_t> segment_;
  PodVector<std::int64_t> made_;  // bytes up to it
  PodVector<MinCut::Value> value_;
  std::int64_t part_end_ = 0;
  std::vector<std::uint32_t> values_;  // of the cut, in its order
  MinCut cut_;
};

}  // namespace

std::vector<Saving> savings() {
  std::vector<Saving> all;
  for (std::uint32_t part = 1; part <= quarters; ++part) {
    all.push_back({.part = part, .parts = quarters, .segments = 1, .products = false});
  }
  all.push_back({.part = 1, .parts = 1, .segments = 8, .products = false});
  for (const std::uint32_t segments : segments_tried) {
    all.push_back({.part = 1, .parts = 1, .segments = segments, .products = true});
  }
  return all;
}

Again recompute_for_memory(const PlanRequest& request, const Work& work, const Saving& saving) {
  return MemoryCut{request, work, saving}.find();
}

}  // namespace capstan
