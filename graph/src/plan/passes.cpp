// The planner: which passes a plan goes through, and the search for one that fits a memory budget.
#include "plan/passes.hpp"

#include <optional>
#include <utility>

#include "plan/emit/draft.hpp"

namespace capstan {

namespace plan {

namespace {

enum class Streams : bool { no, yes };

/// May be called again for the same units: nothing above them is changed.
Plan arrange(Program& program, Streams streams) {
  lay(program);
  if (streams == Streams::yes) stream(program);
  return place(emit(program));
}

/// Of the plans that fit the budget, the one that recomputes least; or else the one with the smallest arena.
Plan search_memory(const PlanRequest& request, Plan smallest) {
  constexpr int patience = 6;
  int without_gain = 0;
  const Program values = select(request);
  for (const RecomputePolicy& policy : recompute_policies()) {
    std::optional<Program> program = recompute_for_memory(values, policy);
    if (!program) continue;
    accumulate(*program);
    fuse(*program);
    Plan tried = arrange(*program, Streams::no);
    without_gain = tried.arena_bytes() < smallest.arena_bytes() ? 0 : without_gain + 1;
    if (without_gain == 0) smallest = std::move(tried);
    if (smallest.arena_bytes() <= request.budget || without_gain == patience) break;
  }
  return smallest;
}

}  // namespace

}  // namespace plan

Plan make_plan(const PlanRequest& request) {
  using namespace plan;
  Program program = select(request);
  accumulate(program);
  fuse(program);
  if (std::optional<Program> recomputing = recompute_for_time(program)) {
    program = *std::move(recomputing);
    accumulate(program);
    fuse(program);
  }
  Plan made = arrange(program, Streams::yes);
  // A stream needs more memory than its three steps one by one.
  if (made.arena_bytes() > request.budget && !made.streams.empty()) made = arrange(program, Streams::no);
  return made.arena_bytes() <= request.budget ? std::move(made) : search_memory(request, std::move(made));
}

}  // namespace capstan
