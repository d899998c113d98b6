// Values: from what is wanted to a plan, found among those of earlier repetitions or made, and from the plan to memory.

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/strided/copy.hpp>
#include <capstan/tensor/visit_dtype.hpp>
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

constexpr std::size_t most_plans = 64;  // of a recording, beside one a node in eager mode; and looked through for one

}  // namespace

Tensor TapeState::value(const Var& x, std::source_location where) {
  check(x, "value", where);
  if (is_leaf(*node(x.id()).op)) return read_leaf(x.id(), where);
  const Computed& computed = read(x.id(), where);
  const Tensor lying = tensor(x.id(), computed, where);
  return computed.small ? own_tensor(lying) : lying;
}

double TapeState::item(const Var& x, std::source_location where) {
  const Node& n = node(x.id());
  if (is_leaf(*n.op)) return read_leaf(x.id(), where).item();
  const Computed& computed = read(x.id(), where);
  const std::byte* const lies = check_filled(x.id(), computed, where).storage->data() + bytes_in(computed.offset);
  return visit_dtype(n.dtype, [lies]<class T>(T element) {
    std::memcpy(&element, lies, sizeof element);
    return static_cast<double>(element);
  });
}

/// A value that the program reads, and that is kept for it from now on.
const TapeState::Computed& TapeState::read(NodeId id, std::source_location where) {
  const NodeId whole = now_->root(id);  // of a view, what it is a view of: that is kept too, for what others make of it
  if (!is_leaf(*node(whole).op)) now_->mark_keep(whole, Keep::read);
  now_->mark_keep(id, Keep::read);
  const std::array<NodeId, 2> wanted{id, whole};
  compute(std::span{wanted}.first(whole == id ? 1 : 2), where);
  return *find_value(id);
}

void TapeState::keep(const Var& x, std::source_location where) {
  check(x, "keep", where);
  if (!is_leaf(*node(x.id()).op)) now_->mark_keep(x.id(), Keep::asked);
}

void TapeState::compute(std::span<const NodeId> wanted, std::source_location where) {
  find_missing(wanted);
  if (missing_.empty()) return;
  if (note_singles()) find_missing(wanted);
  if (missing_.empty()) return;
  if (busy_ == Busy::computing) refuse_busy("value", where);
  std::shared_ptr<Plan> plan = find_plan();
  if (!plan) plan = new_plan(where);
  run(plan, where);
}

void TapeState::find_missing(std::span<const NodeId> wanted) {
  missing_.clear();
  for (const NodeId id : wanted) {
    if (!is_leaf(*node(id).op) && find_value(id) == nullptr) missing_.push_back(id);
  }
}

/// Notes where the single elements lie that no one had asked for when they were computed. It waits until somebody asks for
/// more than what was wanted: a step that repeats mostly does not. Returns whether there were any.
bool TapeState::note_singles() {
  bool any = false;
  for (; singles_known_ < runs_.size(); ++singles_known_) {
    const auto run = static_cast<std::uint32_t>(singles_known_);
    values_.reserve(runs_[run].plan->singles.size());
    for (const Plan::Output& single : runs_[run].plan->singles) {
      if (single.node >= runs_[run].end || find_value(single.node) != nullptr) continue;
      values_.insert(single.node, {run, single.shared, single.small, single.offset});
      any = true;
    }
  }
  return any;
}

/// Steps that repeat want the same plans in the same order.
std::shared_ptr<Plan> TapeState::find_plan() {
  const auto& plans = now_->plans;
  const int threads = threads_limit();
  std::size_t at = now_->next_plan;
  for (std::size_t i = 0; i < std::min(plans.size(), most_plans); ++i, ++at) {
    if (at >= plans.size()) at = 0;
    if (plans[at]->keep_version != now_->keep_version || plans[at]->threads != threads ||
        plans[at]->wanted != missing_ || plans[at]->block_bytes() > budget() || !runnable(*plans[at]))
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
  note_runs();
  auto plan = std::make_shared<Plan>(make_plan({.recording = *now_,
                                                .wanted = missing_,
                                                .available = [this](NodeId id) { return find_value(id) != nullptr; },
                                                .positions = positions_,
                                                .threads = threads_limit(),
                                                .backward = last == nullptr ? no_node : last->begin,
                                                .cotangent = last == nullptr       ? no_node
                                                             : last->dy == no_node ? last->begin
                                                                                   : last->dy,
                                                .budget = budget(),
                                                .keep_all = computes_much_again()}));
  if (plan->block_bytes() > budget()) refuse_budget(plan->block_bytes(), where);
  mark_shared_outputs(*plan);
  mark_small_outputs(*plan);
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

/// What is left of it since the last rewind.
std::size_t TapeState::budget() const noexcept {
  if (options_.memory_budget == 0 || options_.eager) return SIZE_MAX;
  const auto whole = static_cast<std::size_t>(options_.memory_budget);
  return whole - std::min(whole, bytes_run_);
}

void TapeState::refuse_budget(std::size_t least, std::source_location where) const {
  const std::size_t before = bytes_run_;
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

/// Which outputs are such small parts of their regions that they are copied when they are read. What is large is copied out
/// of the block only where it is collected: that takes time.
void TapeState::mark_small_outputs(Plan& plan) noexcept {
  constexpr std::size_t little = 16 << 10, small_part_of_block = 256, small_part_of_rest = 8;
  const auto is_small = [&](const Plan::Output& output) {
    const Region region = region_of(output.offset);
    const std::size_t whole = plan.region_bytes[static_cast<std::size_t>(region)];
    if (whole <= little) return false;
    if (region == Region::block && plan.collected) return true;
    const std::size_t part = region == Region::block ? small_part_of_block : small_part_of_rest;
    return output.bytes <= whole / part;
  };
  for (Plan::Output& output : plan.outputs) output.small = is_small(output);
  for (Plan::Output& single : plan.singles) single.small = is_small(single);
}

/// Enters what was computed since the last rewind.
void TapeState::note_runs() {
  if (runs_.empty() || options_.eager) return;
  while (computed_in_.size() < now_->nodes.size()) computed_in_.push_back(0);
  for (; runs_known_ < runs_.size(); ++runs_known_) {
    const Run& run = runs_[runs_known_];
    for (const NodeId id : run.plan->computed) {
      if (id < run.end) computed_in_[id] = generation_;
    }
  }
}

/// Whether values are wanted again and again that were computed before and not kept. A program that reads a chain from its
/// end would compute it as often as it reads: it is computed once more then, and all of it kept.
bool TapeState::computes_much_again() noexcept {
  constexpr int patience = 4;
  if (runs_.empty() || options_.eager || options_.memory_budget > 0) return false;
  if (computed_in_[missing_.front()] == generation_) ++computed_again_;
  return computed_again_ > patience;
}

/// One output may be a view of another.
void TapeState::mark_shared_outputs(Plan& plan) {
  const auto end = [](const Plan::Output& output) { return output.offset + static_cast<std::int64_t>(output.bytes); };
  std::vector<Plan::Output*> by_offset;
  by_offset.reserve(plan.outputs.size());
  for (Plan::Output& output : plan.outputs) by_offset.push_back(&output);
  std::sort(by_offset.begin(), by_offset.end(), [](const auto* a, const auto* b) { return a->offset < b->offset; });
  Plan::Output* before = nullptr;  // the one that reaches farthest
  for (Plan::Output* const output : by_offset) {
    if (before != nullptr && end(*before) > output->offset) before->shared = output->shared = true;
    if (before == nullptr || end(*before) < end(*output)) before = output;
  }
}

/// What an earlier run computed, and this plan has to compute again for what is new in it, is kept by the earlier run
/// from the next repetition on. An eager tape keeps everything as it is; one with a budget has no room for it.
void TapeState::keep_for_later_runs(const Plan& plan) {
  if (runs_.empty() || options_.eager || options_.memory_budget > 0) return;
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
  values_.reserve(plan->outputs.size());
  if (runs_.size() == runs_.capacity()) runs_.reserve(2 * runs_.size() + 4);
  Run run{.plan = plan, .memory = {}};
  for (std::size_t r = 0; r < region_count; ++r) {
    const bool holds_empty_values = r == 0;
    if (plan->region_bytes[r] > 0 || holds_empty_values) run.memory[r] = fill(take_memory(r, plan->region_bytes[r]));
  }
  bind(*plan, run.memory);
  {
    const Calling calling{*this, Busy::computing};
    execute(*plan, *now_);
  }
  runs_.push_back(std::move(run));
  bytes_run_ += plan->block_bytes();
  note_outputs(static_cast<std::uint32_t>(runs_.size() - 1));
}

/// An eager tape holds a block a node: to look through them all for a free one would take a time that grows with their
/// square.
StoragePtr TapeState::take_memory(std::size_t region, std::size_t bytes) {
  return options_.eager ? Storage::allocate(bytes) : pools_[region].take(bytes);
}

/// Notes where a run's outputs lie.
void TapeState::note_outputs(std::uint32_t run) noexcept {
  for (const Plan::Output& output : runs_[run].plan->outputs) {
    values_.insert(output.node, {run, output.shared, output.small, output.offset});
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
  throw StaleValueError{fmt::format(
      "value: what it is computed from was written at {}, after it was recorded at {}\n  {}\n"
      "  call tape.keep(x) for what is read later, or read it before the step that writes, or record it again "
      "after tape.rewind()\n  at {}",
      place(leaf.value.storage()->written()), place(node(id).where), describe(id), place(where))};
}

const TapeState::Filled& TapeState::filled(const Computed& computed) const noexcept {
  return runs_[computed.run].memory[static_cast<std::size_t>(region_of(computed.offset))];
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

void TapeState::bind(Plan& plan, const RunMemory& memory) const {
  std::array<std::byte*, region_count> base{};
  for (std::size_t r = 0; r < region_count; ++r) base[r] = memory[r].storage ? memory[r].storage->data() : nullptr;
  if (!std::equal(base.begin(), base.end(), plan.bound.begin())) {
    for (std::size_t p = 0; p < plan.places.size(); ++p) {
      const Place& place = plan.places[p];
      if (place.base != 0) continue;
      plan.pointers[p] = base[static_cast<std::size_t>(region_of(place.offset))] + bytes_in(place.offset);
    }
    std::copy(base.begin(), base.end(), plan.bound.begin());
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
  return filled(computed).storage->data() + bytes_in(computed.offset);
}

/// A computed value, where it lies.
Tensor TapeState::tensor(NodeId id, const Computed& computed, std::source_location where) const {
  const StoragePtr& memory = check_filled(id, computed, where).storage;
  const Node& n = node(id);
  return {memory, memory->data() + bytes_in(computed.offset), *n.shape, n.dtype};
}

/// A row-major tensor in memory of its own, which comes from a pool, so that a repeated step allocates nothing.
Tensor TapeState::own_tensor(const void* elements, const Shape& shape, const Strides& strides, DType dtype) {
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  copies_.push_back(kept_.take(bytes));
  const StoragePtr& memory = copies_.back();
  if (bytes > 0) strided_copy(size_of(dtype), shape, elements, strides, memory->data(), row_major(shape));
  return {memory, memory->data(), shape, dtype};
}

void TapeState::give_back_memory() {
  for (Run& run : runs_) {
    note_collected(run);
    if (options_.eager) continue;
    for (std::size_t r = 0; r < region_count; ++r) {
      if (run.memory[r].storage) pools_[r].give_back(std::move(run.memory[r].storage));
    }
  }
  runs_.clear();
  runs_known_ = singles_known_ = bytes_run_ = 0;
  computed_again_ = 0;
  for (StoragePtr& copy : copies_) kept_.give_back(std::move(copy));
  copies_.clear();
  for (BlockPool& pool : pools_) pool.end_step();
  kept_.end_step();
}

/// Somebody who holds a block while others are held already collects what a plan gives.
void TapeState::note_collected(const Run& run) const noexcept {
  constexpr std::size_t held_by_turns = 2;  // by a program that holds the last step's values during the next
  const StoragePtr& block = run.memory[0].storage;
  Plan& plan = *run.plan;
  if (plan.collected || !block || block->unique() || pools_[0].held() <= held_by_turns) return;
  plan.collected = true;
  mark_small_outputs(plan);
}

/// A copy: a parameter's own memory changes with the next step.
Tensor TapeState::read_leaf(NodeId id, std::source_location where) {
  const Node& n = node(id);
  if (is_number(*n.op)) return own_tensor(now_->number(n), {}, {}, n.dtype);
  if (is_written(id)) refuse_written(id, where);
  return own_tensor(now_->leaves[n.detail].value);
}

}  // namespace capstan
