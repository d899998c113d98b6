// Results: the runs since the last rewind, and the memory of the values that they computed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <capstan/tensor/storage.hpp>

#include "plan/plan.hpp"
#include "tape/stamped_map.hpp"

namespace capstan {

/// Memory that a plan filled, and the version that it had then: a user may write into it through a tensor.
struct Filled {
  StoragePtr storage;
  std::uint64_t version = 0;
};
using RunMemory = std::array<Filled, region_count>;

struct Run {
  std::shared_ptr<Plan> plan;  ///< shared, so that its values are found even if the recording has dropped it
  RunMemory memory;
  NodeId end = no_node;  ///< values of this node and those after it were taken back with a refused op
};

/// The place of a computed value.
struct Result {
  std::uint32_t run;
  bool shared;          ///< another value shares bytes with it
  bool small;           ///< as of a plan's output
  std::int64_t offset;  ///< region and byte offset in the memory of the run; see plan.hpp
};

class Results {
 public:
  const std::vector<Run>& runs() const noexcept { return runs_; }
  /// The result of a node; null if it is not computed.
  const Result* find(NodeId id) const noexcept {
    const Result* const found = where_.find(id);
    return found != nullptr && id < runs_[found->run].end ? found : nullptr;
  }
  const Filled& memory_of(const Result& result) const noexcept {
    return runs_[result.run].memory[static_cast<std::size_t>(region_of(result.offset))];
  }

  /// Makes room for a run of the plan, so that `add` allocates nothing.
  void reserve(const Plan& plan);
  void add(Run run) noexcept;
  /// Enters the values of one element that were computed without having been requested, and returns true if there were
  /// any. `add` leaves them out to save time: most steps read requested values only.
  bool add_scalars();
  /// Drops the values of node `end` and later ones, as far as runs from `first` on computed them.
  void take_back(std::size_t first, NodeId end) noexcept;
  /// Hands every run to `give_back`, and drops all of them.
  template <class GiveBack>
  void clear(const GiveBack& give_back) {
    for (Run& run : runs_) give_back(run);
    runs_.clear();
    where_.clear();
    singles_known_ = 0;
  }

 private:
  std::vector<Run> runs_;
  StampedMap<NodeId, Result> where_;  ///< for find
  std::size_t singles_known_ = 0;     ///< the number of runs whose values of one element are entered
};

}  // namespace capstan
