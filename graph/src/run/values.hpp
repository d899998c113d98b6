// Values: computes what is wanted, and shows it as tensors.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/tensor.hpp>

#include "run/results.hpp"
#include "run/step_memory.hpp"
#include "run/step_plans.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class Values {
 public:
  Values(const TapeOptions& options, Recorder& recorder)
      : recorder_{recorder}, memory_{options.eager}, plans_{options, recorder, results_} {}

  Tensor value(NodeId id, std::source_location where);
  /// Of one element.
  double item(NodeId id, std::source_location where);
  /// Has a value computed and kept together with what is wanted next.
  void keep(NodeId id);
  void compute(std::span<const NodeId> wanted, std::source_location where);
  /// Shows the value of a node that is computed, or of a leaf, by `dx`: as it lies in the memory of its run, if `may_share`
  /// and no other value shares bytes with it there, else as a copy. `dx` is filled again where it fits, so that nothing is
  /// allocated.
  void show(NodeId id, bool may_share, Tensor& dx, std::source_location where);
  /// The value of a node that is computed, or of a leaf with a tensor, where it lies.
  Tensor lying(NodeId id, std::source_location where) const;

  const Results& results() const noexcept { return results_; }
  void take_back(std::size_t first_run, NodeId end) noexcept { results_.take_back(first_run, end); }
  void rewind();

 private:
  const Node& node(NodeId id) const noexcept { return recorder_.node(id); }
  const Result& read(NodeId id, std::source_location where);
  void find_missing(std::span<const NodeId> wanted);
  void run(const std::shared_ptr<Plan>& plan, std::source_location where);
  void check_versions(const Plan& plan, std::source_location where) const;
  const Filled& check_filled(NodeId id, const Result& result, std::source_location where) const;
  Tensor tensor(NodeId id, const Result& result, std::source_location where) const;
  Tensor read_leaf(NodeId id, std::source_location where);

  Recorder& recorder_;
  Results results_;
  StepMemory memory_;
  StepPlans plans_;
  std::vector<NodeId> missing_;  ///< wanted and not computed
};

}  // namespace capstan
