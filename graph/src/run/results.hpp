// Results: the runs since the last rewind, and where the values lie that they computed.
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

/// Memory that a plan filled, and its version then: users may write into tensors that look at it.
struct Filled {
  StoragePtr storage;
  std::uint64_t version = 0;
};
using RunMemory = std::array<Filled, region_count>;

struct Run {
  std::shared_ptr<Plan> plan;  ///< its values are found by it also when the recording has forgotten it
  RunMemory memory;
  NodeId end = no_node;  ///< values of this node and those after it were taken back with a refused op
};

/// Where a value lies.
struct Result {
  std::uint32_t run;
  bool shared;          ///< another value shares bytes with it
  bool small;           ///< as of a plan's output
  std::int64_t offset;  ///< in the run's memory
};

class Results {
 public:
  const std::vector<Run>& runs() const noexcept { return runs_; }
  /// Null where the value of the node is not computed.
  const Result* find(NodeId id) const noexcept {
    const Result* const found = where_.find(id);
    return found != nullptr && id < runs_[found->run].end ? found : nullptr;
  }
  const Filled& memory_of(const Result& result) const noexcept {
    return runs_[result.run].memory[static_cast<std::size_t>(region_of(result.offset))];
  }

  /// Makes room for a run of the plan, so that to add it takes no memory.
  void reserve(const Plan& plan);
  void add(Run run) noexcept;
  /// Enters the single elements that no one had asked for when they were computed. It waits until somebody asks for more
  /// than what was wanted: a step that repeats mostly does not. Returns whether there were any.
  bool add_singles();
  /// What runs from `first` on computed of this node and those after it is a value no more.
  void take_back(std::size_t first, NodeId end) noexcept;
  /// Hands every run to `give_back`, and forgets all.
  template <class GiveBack>
  void clear(const GiveBack& give_back) {
    for (Run& run : runs_) give_back(run);
    runs_.clear();
    where_.clear();
    singles_known_ = 0;
  }

 private:
  std::vector<Run> runs_;
  StampedMap<NodeId, Result> where_;  ///< read by find
  std::size_t singles_known_ = 0;     ///< the single elements of so many of runs_ are entered
};

}  // namespace capstan
