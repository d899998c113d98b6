// MinCut: which of some values to keep, and which to compute again from those, so that all that are needed are had at the
// least cost. Each value is an edge of a network that is cut where the value is kept; what flows through it is the need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace capstan {

class MinCut {
 public:
  using Value = std::uint32_t;

  /// A value that cannot be computed again.
  Value add(std::int64_t cost_to_keep) { return add(cost_to_keep, -1); }
  /// One that can. Whatever the cost to keep, a value whose cost is `unkeepable` is not kept.
  Value add(std::int64_t cost_to_keep, std::int64_t cost_to_compute) {
    values_.push_back({cost_to_keep, cost_to_compute});
    return static_cast<Value>(values_.size() - 1);
  }
  /// The first is computed from the second.
  void depend(Value value, Value on) { edges_.emplace_back(value, on); }
  bool can_compute(Value value) const { return values_[value].compute >= 0; }
  /// It must be had.
  void need(Value value) { values_[value].needed = true; }

  static constexpr std::int64_t unkeepable = -1;

  /// Of each value, whether it is to be computed again. Of several cuts of the least cost it is the one that computes
  /// the fewest.
  ///
  /// Cost      Boost.Graph's maximum flow by push and relabel.
  std::vector<bool> computed_again() const;

 private:
  struct Costs {
    std::int64_t keep;
    std::int64_t compute;  ///< -1: it cannot be
    bool needed = false;
  };
  std::vector<Costs> values_;
  std::vector<std::pair<Value, Value>> edges_;
};

}  // namespace capstan
