#include "run/step_plans.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "plan/outputs.hpp"
#include "tape/describe.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

constexpr std::size_t most_plans =
    64;  // of a recording, besides one per node in eager mode; a search looks at all of them

}  // namespace

std::shared_ptr<Plan> StepPlans::plan_for(std::span<const NodeId> missing, std::source_location where) {
  if (std::shared_ptr<Plan> found = find(missing)) return found;
  return make(missing, where);
}

/// Finds a known plan. The search begins with the plan after the last one: a repeated step uses them in the same order.
std::shared_ptr<Plan> StepPlans::find(std::span<const NodeId> missing) {
  Recording& now = recorder_.now();
  const int threads = threads_limit();
  std::size_t at = now.next_plan;
  for (std::size_t i = 0; i < std::min(now.plans.size(), most_plans); ++i, ++at) {
    if (at >= now.plans.size()) at = 0;
    const std::shared_ptr<Plan>& plan = now.plans[at].plan;
    if (plan->keep_version != now.keep_version || plan->threads != threads ||
        !std::ranges::equal(plan->wanted, missing) || plan->arena_bytes() > budget() || !is_runnable(*plan))
      continue;
    now.next_plan = at + 1;
    return plan;
  }
  return nullptr;
}

bool StepPlans::is_runnable(const Plan& plan) const noexcept {
  return std::all_of(plan.externals.begin(), plan.externals.end(), [this](const External& external) {
    return external.kind != External::Kind::value || results_.find(external.node) != nullptr;
  });
}

std::shared_ptr<Plan> StepPlans::make(std::span<const NodeId> missing, std::source_location where) {
  const GradientSegment* const last =
      recorder_.now().segments.last_before(*std::max_element(missing.begin(), missing.end()));
  note_runs();
  auto plan = std::make_shared<Plan>(make_plan({.recording = recorder_.now(),
                                                .wanted = missing,
                                                .available = [this](NodeId id) { return results_.find(id) != nullptr; },
                                                .numbers = numbers_,
                                                .threads = threads_limit(),
                                                .backward = last == nullptr ? no_node : last->begin,
                                                .cotangent = last == nullptr ? no_node : last->cotangent(),
                                                .budget = budget(),
                                                .keep_all = computes_much_again(missing.front())}));
  if (plan->arena_bytes() > budget()) refuse_budget(plan->arena_bytes(), missing.front(), where);
  mark_shared(*plan);
  mark_small(*plan);
  keep_for_later_runs(*plan);
  remember(plan);
  return plan;
}

/// Stores a plan; the oldest plans of a recording come first, and go first.
void StepPlans::remember(const std::shared_ptr<Plan>& plan) {
  Recording& now = recorder_.now();
  const auto misses_kept = [&now](const KnownPlan& known) { return known.plan->keep_version != now.keep_version; };
  if (!now.plans.empty() && misses_kept(now.plans.front())) std::erase_if(now.plans, misses_kept);
  if (now.plans.size() >= most_plans + (options_.eager ? now.nodes.size() : 0)) now.plans.erase(now.plans.begin());
  now.plans.push_back({plan, plan->computed[plan->computed.size() - 1]});
  now.next_plan = now.plans.size();
}

/// The part of the memory budget that the runs since the last rewind have left.
std::size_t StepPlans::budget() const noexcept {
  if (options_.memory_budget == 0 || options_.eager) return SIZE_MAX;
  const auto whole = static_cast<std::size_t>(options_.memory_budget);
  return whole - std::min(whole, bytes_run_);
}

void StepPlans::refuse_budget(std::size_t least, NodeId wanted, std::source_location where) const {
  const std::size_t before = bytes_run_;
  std::string text =
      before == 0 ? fmt::format("Tape: memory_budget must be at least {} bytes, got {}", least, options_.memory_budget)
                  : fmt::format("Tape: memory_budget is too small: this computation needs {} bytes, {} of {} are left",
                                least, budget(), options_.memory_budget);
  text += fmt::format("\n  wanted: {}", describe(recorder_.now(), wanted));
  if (before > 0) {
    text += fmt::format(
        "\n  {} bytes were used since the last rewind: ask for the gradients before other values, or "
        "raise the budget (with a larger one the earlier values may take more, too)",
        before);
  }
  throw ValueError{text + fmt::format("\n  at {}", place(where))};
}

/// Notes the values that runs since the last rewind computed.
void StepPlans::note_runs() {
  if (!notes_runs()) return;
  while (computed_in_.size() < recorder_.now().nodes.size()) computed_in_.push_back(0);
  for (; runs_known_ < results_.runs().size(); ++runs_known_) {
    const Run& run = results_.runs()[runs_known_];
    for (const NodeId id : run.plan->computed) {
      if (id < run.end) computed_in_[id] = recorder_.generation();
    }
  }
}

/// True if the program has often requested values that were computed before in this step and not kept. A program that
/// reads a chain from its end would compute the chain with each read; then it is computed once more and kept as a whole.
bool StepPlans::computes_much_again(NodeId first) noexcept {
  constexpr int patience = 4;
  if (!notes_runs() || options_.memory_budget > 0) return false;
  if (computed_in_[first] == recorder_.generation()) ++computed_again_;
  return computed_again_ > patience;
}

/// If this plan recomputes values that an earlier run of the step has computed, marks them so that the earlier run
/// keeps them from the next repetition on. Not on an eager tape, which keeps everything, nor under a memory budget.
void StepPlans::keep_for_later_runs(const Plan& plan) {
  if (!notes_runs() || options_.memory_budget > 0) return;
  Recording& now = recorder_.now();
  const auto before = [this](NodeId id) { return computed_in_[id] == recorder_.generation(); };
  for (const NodeId id : plan.computed) {
    if (before(id)) continue;
    for (const NodeId input : now.inputs(now.nodes[id])) {
      const NodeId root = now.root(input);
      if (!is_leaf(*now.nodes[root].op) && before(root) && results_.find(root) == nullptr)
        now.mark_keep(root, Keep::later);
    }
  }
}

}  // namespace capstan
