// StepPlans: finds the plan for the requested nodes among those of earlier repetitions, or makes one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/pod_vector.hpp>
#include <capstan/tensor/threads.hpp>

#include "plan/node_numbers.hpp"
#include "plan/plan.hpp"
#include "run/results.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class StepPlans {
 public:
  StepPlans(const TapeOptions& options, Recorder& recorder, const Results& results)
      : options_{options}, recorder_{recorder}, results_{results} {}

  /// A plan for nodes that are not computed. Throws as make_plan does, and ValueError where none fits the budget.
  std::shared_ptr<Plan> plan_for(std::span<const NodeId> missing, std::source_location where);
  /// Counts the bytes of a run; to be called for each.
  void note_run(const Plan& plan) noexcept { bytes_run_ += plan.arena_bytes(); }
  void rewind() noexcept {
    bytes_run_ = runs_known_ = 0;
    computed_again_ = 0;
  }

 private:
  std::shared_ptr<Plan> find(std::span<const NodeId> missing);
  std::shared_ptr<Plan> make(std::span<const NodeId> missing, std::source_location where);
  bool is_runnable(const Plan& plan) const noexcept;
  int threads_limit() const noexcept { return options_.threads == 0 ? threads() : options_.threads; }
  bool notes_runs() const noexcept { return !results_.runs().empty() && !options_.eager; }
  void note_runs();
  bool computes_much_again(NodeId first) noexcept;
  void keep_for_later_runs(const Plan& plan);
  void remember(const std::shared_ptr<Plan>& plan);
  std::size_t budget() const noexcept;
  [[noreturn]] void refuse_budget(std::size_t least, NodeId wanted, std::source_location where) const;

  const TapeOptions& options_;
  Recorder& recorder_;
  const Results& results_;
  NodeNumbers numbers_;                   ///< working memory of the planner
  PodVector<std::uint32_t> computed_in_;  ///< per node: the last generation in which it was computed
  std::size_t runs_known_ = 0;            ///< the number of runs that are entered there
  int computed_again_ = 0;     ///< the number of plans since the last rewind for values that were computed before
  std::size_t bytes_run_ = 0;  ///< bytes of the arenas of the runs since the last rewind
};

}  // namespace capstan
