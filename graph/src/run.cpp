// Values: from what is wanted to a plan, found among those of earlier repetitions or made, and from the plan to memory.

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "finally.hpp"
#include "leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

constexpr std::size_t most_plans = 64;  // of a recording, beside one a node in eager mode; and looked through for one

}  // namespace

Tensor TapeState::value(const Var& x, std::source_location where) {
  check(x, "value", where);
  const NodeId id = x.id();
  if (is_leaf(*node(id).op)) return read_leaf(id, where);
  const NodeId whole = now_->root(id);  // of a view, what it is a view of: that is kept too, for what others make of it
  if (!is_leaf(*node(whole).op)) now_->mark_keep(whole, Keep::read);
  now_->mark_keep(id, Keep::read);
  const std::array<NodeId, 2> wanted{id, whole};
  compute(std::span{wanted}.first(whole == id ? 1 : 2), where);
  return tensor(id, *find_value(id), where);
}

void TapeState::keep(const Var& x, std::source_location where) {
  check(x, "keep", where);
  if (!is_leaf(*node(x.id()).op)) now_->mark_keep(x.id(), Keep::asked);
}

void TapeState::compute(std::span<const NodeId> wanted, std::source_location where) {
  missing_.clear();
  for (const NodeId id : wanted) {
    if (!is_leaf(*node(id).op) && find_value(id) == nullptr) missing_.push_back(id);
  }
  if (missing_.empty()) return;
  if (busy_ == Busy::computing) refuse_busy("value", where);
  std::shared_ptr<Plan> plan = find_plan();
  if (!plan) plan = new_plan(where);
  run(plan, where);
}

/// Steps that repeat want the same plans in the same order.
std::shared_ptr<Plan> TapeState::find_plan() {
  const auto& plans = now_->plans;
  const int threads = threads_limit();
  for (std::size_t i = 0; i < std::min(plans.size(), most_plans); ++i) {
    const std::size_t at = (now_->next_plan + i) % plans.size();
    if (plans[at]->keep_version != now_->keep_version || plans[at]->threads != threads ||
        plans[at]->wanted != missing_ || plans[at]->block_bytes > budget() || !runnable(*plans[at]))
      continue;
    now_->next_plan = at + 1;
    return plans[at];
  }
  return nullptr;
}

bool TapeState::runnable(const Plan& plan) const noexcept {
  return std::all_of(plan.externals.begin(), plan.externals.end(), [this](const External& external) {
    return external.kind != External::Kind::value || find_value(external.node) != nullptr;
  });
}

std::shared_ptr<Plan> TapeState::new_plan(std::source_location where) {
  const GradientSegment* const last = last_gradients();
  auto plan = std::make_shared<Plan>(make_plan({.recording = *now_,
                                                .wanted = missing_,
                                                .available = [this](NodeId id) { return find_value(id) != nullptr; },
                                                .positions = positions_,
                                                .threads = threads_limit(),
                                                .backward = last == nullptr ? no_node : last->begin,
                                                .cotangent = last == nullptr       ? no_node
                                                             : last->dy == no_node ? last->begin
                                                                                   : last->dy,
                                                .budget = budget()}));
  if (plan->block_bytes > budget()) refuse_budget(plan->block_bytes, where);
  place_outputs(*plan);
  keep_for_later_runs(*plan);
  auto& plans = now_->plans;
  if (!plans.empty() && plans.front()->keep_version != now_->keep_version) {  // the oldest come first
    std::erase_if(plans, [this](const auto& old) { return old->keep_version != now_->keep_version; });
  }
  if (plans.size() >= most_plans + (options_.eager ? now_->nodes.size() : 0)) plans.erase(plans.begin());
  plans.push_back(plan);
  now_->next_plan = plans.size();
  return plan;
}

/// Those recorded before what is wanted, or with it.
const GradientSegment* TapeState::last_gradients() const {
  const NodeId last = *std::max_element(missing_.begin(), missing_.end());
  const auto& segments = now_->segments;
  const auto after = std::upper_bound(segments.begin(), segments.end(), last,
                                      [](NodeId id, const GradientSegment& s) { return id < s.begin; });
  return after == segments.begin() ? nullptr : &*std::prev(after);
}

std::size_t TapeState::bytes_run() const noexcept {
  std::size_t bytes = 0;
  for (const Run& run : runs_) bytes += run.plan->block_bytes;
  return bytes;
}

/// What is left of it since the last rewind.
std::size_t TapeState::budget() const noexcept {
  if (options_.memory_budget == 0 || options_.eager) return SIZE_MAX;
  const auto whole = static_cast<std::size_t>(options_.memory_budget);
  return whole - std::min(whole, bytes_run());
}

void TapeState::refuse_budget(std::size_t least, std::source_location where) const {
  const std::size_t before = bytes_run();
  std::string text =
      before == 0 ? fmt::format("Tape: memory_budget must be at least {} bytes, got {}", least, options_.memory_budget)
                  : fmt::format("Tape: memory_budget must leave at least {} bytes, got {}, of which {} are left", least,
                                options_.memory_budget, budget());
  text += fmt::format("\n  wanted: {}", describe(missing_.front()));
  if (before > 0) {
    text += fmt::format("\n  computed since the last rewind: {} bytes; with a larger budget it may be more", before);
  }
  throw ValueError{text + fmt::format("\n  at {}", place(where))};
}

/// Which outputs are moved out of the block, and which of them share bytes: one may be a view of another. An eager tape
/// computes a node at a time, and nothing together.
void TapeState::place_outputs(Plan& plan) const {
  const auto bytes = [this](const Plan::Output& output) { return node(output.node).bytes(); };
  std::vector<Plan::Output*> by_offset;
  for (Plan::Output& output : plan.outputs) {
    if (!options_.eager && node(output.node).shape->elements() == 1) {
      output.single_offset = static_cast<std::int64_t>(plan.singles_bytes);
      plan.singles_bytes += sizeof(Number);
    } else {
      by_offset.push_back(&output);
    }
  }
  std::sort(by_offset.begin(), by_offset.end(), [](const auto* a, const auto* b) { return a->offset < b->offset; });
  Plan::Output* before = nullptr;  // the one that reaches farthest
  for (Plan::Output* const output : by_offset) {
    if (before != nullptr && before->offset + bytes(*before) > output->offset) before->shared = output->shared = true;
    if (before == nullptr || before->offset + bytes(*before) < output->offset + bytes(*output)) before = output;
  }
}

/// What an earlier run computed, and this plan has to compute again for what is new in it, is kept by the earlier run
/// from the next repetition on. An eager tape keeps everything as it is; one with a budget has no room for it.
void TapeState::keep_for_later_runs(const Plan& plan) {
  if (runs_.empty() || options_.eager || options_.memory_budget > 0) return;
  while (computed_in_.size() < now_->nodes.size()) computed_in_.push_back(0);
  for (; runs_known_ < runs_.size(); ++runs_known_) {
    const Run& run = runs_[runs_known_];
    for (const NodeId id : run.plan->computed) {
      if (id < run.end) computed_in_[id] = generation_;
    }
  }
  const auto before = [this](NodeId id) { return computed_in_[id] == generation_; };
  for (const NodeId id : plan.computed) {
    if (before(id)) continue;
    for (const NodeId input : now_->inputs(node(id))) {
      const NodeId root = now_->root(input);
      if (!is_leaf(*node(root).op) && before(root) && find_value(root) == nullptr) now_->mark_keep(root, Keep::later);
    }
  }
}

void TapeState::run(const std::shared_ptr<Plan>& plan, std::source_location where) {
  check_versions(*plan, where);
  // An eager tape holds a block a node: to look through them all for a free one would take a time that grows with their
  // square.
  const StoragePtr block = options_.eager ? Storage::allocate(plan->block_bytes) : blocks_.take(plan->block_bytes);
  bind(*plan, block->data());
  {
    busy_ = Busy::computing;
    const Finally idle{[this] { busy_ = Busy::no; }};
    execute(*plan, *now_);
  }
  Run run{.plan = plan, .block = {block, block->version()}, .singles = {}};
  if (plan->singles_bytes > 0) {
    const StoragePtr singles = singles_.take(plan->singles_bytes);
    for (const Plan::Output& output : plan->outputs) {
      if (output.single_offset < 0) continue;
      std::memcpy(singles->data() + output.single_offset, block->data() + output.offset,
                  size_of(node(output.node).dtype));
    }
    run.singles = {singles, singles->version()};
  }
  runs_.push_back(std::move(run));
  note_outputs(static_cast<std::uint32_t>(runs_.size() - 1));
}

/// Notes where a run's outputs lie.
void TapeState::note_outputs(std::uint32_t run) {
  for (const Plan::Output& output : runs_[run].plan->outputs) {
    const bool single = output.single_offset >= 0;
    values_.insert(output.node, {run, single, output.shared, single ? output.single_offset : output.offset});
  }
}

void TapeState::check_versions(const Plan& plan, std::source_location where) const {
  for (const External& external : plan.externals) {
    if (external.kind == External::Kind::leaf && is_written(external.node)) refuse_written(external.node, where);
    if (external.kind == External::Kind::value) check_filled(external.node, *find_value(external.node), where);
  }
}

/// A leaf that was written after it was recorded.
void TapeState::refuse_written(NodeId id, std::source_location where) const {
  const Leaf& leaf = now_->leaves[node(id).detail];
  throw StaleValueError{
      fmt::format("value: what it is computed from was written at {}, after it was recorded at {}\n  {}\n  read it "
                  "before the write, or "
                  "record it again after tape.rewind()\n  at {}",
                  place(leaf.value.storage()->written()), place(node(id).where), describe(id), place(where))};
}

const TapeState::Filled& TapeState::filled(const Computed& computed) const noexcept {
  const Run& run = runs_[computed.run];
  return computed.single ? run.singles : run.block;
}

/// Where a computed value lies; nobody may have written there.
const TapeState::Filled& TapeState::check_filled(NodeId id, const Computed& computed,
                                                 std::source_location where) const {
  const Filled& memory = filled(computed);
  if (memory.storage->version() == memory.version) return memory;
  throw StaleValueError{fmt::format(
      "value: the tape's memory of it was written at {}, through a tensor read from the tape\n  {}\n  copy() "
      "a tensor before writing into it\n  at {}",
      place(memory.storage->written()), describe(id), place(where))};
}

void TapeState::bind(Plan& plan, std::byte* block) {
  if (plan.bound != block) {
    for (std::size_t p = 0; p < plan.places.size(); ++p) {
      if (plan.places[p].base == 0) plan.pointers[p] = block + plan.places[p].offset;
    }
    plan.bound = block;
  }
  for (const std::uint32_t p : plan.external) {
    const Place& place = plan.places[p];
    plan.pointers[p] = base_of(plan.externals[place.base - 1]) + place.offset;
  }
}

std::byte* TapeState::base_of(const External& external) const {
  const Node& n = node(external.node);
  switch (external.kind) {
    case External::Kind::number:
      return const_cast<std::byte*>(now_->number(n));  // read only
    case External::Kind::leaf:
      return static_cast<std::byte*>(now_->leaves[n.detail].value.raw());
    case External::Kind::value:
      break;
  }
  const Computed& computed = *find_value(external.node);
  return filled(computed).storage->data() + computed.offset;
}

/// A computed value, as a view of the block in which it lies.
Tensor TapeState::tensor(NodeId id, const Computed& computed, std::source_location where) const {
  const StoragePtr& memory = check_filled(id, computed, where).storage;
  const Node& n = node(id);
  return {memory, memory->data() + computed.offset, *n.shape, n.dtype};
}

/// The same in memory of its own, which comes from the pool, so that a repeated step allocates nothing.
Tensor TapeState::own_tensor(NodeId id, const Computed& computed, std::source_location where) {
  const Tensor shared = tensor(id, computed, where);
  const std::size_t bytes = static_cast<std::size_t>(shared.elements()) * size_of(shared.dtype());
  copies_.push_back(blocks_.take(bytes));
  const StoragePtr& memory = copies_.back();
  if (bytes > 0) std::memcpy(memory->data(), shared.raw(), bytes);
  return {memory, memory->data(), shared.shape(), shared.dtype()};
}

void TapeState::give_back_memory() {
  for (Run& run : runs_) {
    if (!options_.eager) blocks_.give_back(std::move(run.block.storage));
    if (run.singles.storage) singles_.give_back(std::move(run.singles.storage));
  }
  runs_.clear();
  runs_known_ = 0;
  for (StoragePtr& copy : copies_) blocks_.give_back(std::move(copy));
  copies_.clear();
  blocks_.end_step();
  singles_.end_step();
}

/// A copy: a parameter's own memory changes with the next step.
Tensor TapeState::read_leaf(NodeId id, std::source_location where) const {
  const Node& n = node(id);
  if (is_number(*n.op)) {
    return Tensor::wrap(const_cast<std::byte*>(now_->number(n)), {}, n.dtype).copy();
  }
  if (is_written(id)) refuse_written(id, where);
  return now_->leaves[n.detail].value.copy();
}

}  // namespace capstan
