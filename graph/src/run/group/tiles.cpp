// Running a group: for each tile, the operands that must be located or gathered, the ops, and the reduction folds.

#include <algorithm>
#include <array>
#include <cassert>

#include <capstan/tensor/threads.hpp>

#include "plan/group.hpp"
#include "run/group/gather.hpp"
#include "run/group/reductions.hpp"

namespace capstan {

namespace {

class Run {
 public:
  Run(const Groups& groups, const Group& group, void* const* pointers, const Word* words)
      : groups_{groups}, group_{group}, pointers_{pointers}, words_{words} {}

  /// Runs a group that fits in one tile.
  void at_once() const {
    auto* const scratch = static_cast<std::byte*>(pointers_[group_.scratch]);
    std::uint32_t number = 0;
    const Some<StridedOperand> operands = strided();
    auto operand = operands.begin();
    for (const GroupStep& step : all_steps()) {
      for (; operand != operands.end() && operand->step == number; ++operand) {
        if (operand->slot != operand->pointer)
          gather(*operand, group_.element_size, pointers_[operand->pointer], 0, group_.count, pointers_[operand->slot]);
      }
      run(step, group_.count, pointers_);
      ++number;
    }
    for (const FusedReduction& reduction : reductions()) {
      const ReductionRun run = reduction_run(reduction);
      run.fold(0, group_.count, pointers_[reduction.slot], scratch);
      run.end_part(0, scratch);
    }
  }

  void by_tiles(std::int64_t part, int worker, const AroundStrips* around) const {
    auto* const scratch = static_cast<std::byte*>(pointers_[group_.scratch]) + worker * group_.worker_bytes;
    auto** const slots = reinterpret_cast<void**>(scratch + group_.slots_offset);
    const std::int64_t begin = part * group_.part_elements, end = std::min(begin + group_.part_elements, group_.count);
    for (std::uint32_t i = 0; i < group_.first_tile_buffer; ++i) slots[i] = pointers_[i];
    for (std::uint32_t i = group_.first_tile_buffer; i < group_.scratch; ++i)
      slots[i] = static_cast<std::byte*>(pointers_[i]) + worker * group_.worker_bytes;
    for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], begin);
    for (std::int64_t first = begin; first < end;) {
      const std::int64_t left = group_.row < group_.tile ? end - first : group_.row - first % group_.row;
      const std::int64_t n = std::min(group_.tile, left);
      assert(first + n <= end);
      if (around == nullptr) {
        steps(first, n, first == begin, slots);
      } else {
        strips(first, n, slots, worker, *around);
      }
      for (const FusedReduction& reduction : reductions())
        reduction_run(reduction).fold(first, n, slots[reduction.slot], scratch);
      for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], n);
      first += n;
    }
    for (const FusedReduction& reduction : reductions()) reduction_run(reduction).end_part(part, scratch);
    if (around != nullptr) around->end_part(part, worker);
  }

  void finish() const {
    for (const FusedReduction& reduction : reductions()) reduction_run(reduction).finish();
  }

 private:
  template <class T>
  using Some = std::span<const T>;

  Some<GroupStep> all_steps() const { return {groups_.steps.data() + group_.first_step, group_.step_count}; }
  Some<StridedOperand> strided() const { return {groups_.strided.data() + group_.first_strided, group_.strided_count}; }
  Some<FusedReduction> reductions() const {
    return {groups_.reductions.data() + group_.first_reduction, group_.reduction_count};
  }
  Some<std::uint32_t> moving() const { return {groups_.moving.data() + group_.first_moving, group_.moving_count}; }

  void steps(std::int64_t first, std::int64_t n, bool is_first, void** slots) const {
    std::uint32_t number = 0;
    auto operand = strided().begin();
    for (const GroupStep& step : all_steps()) {
      for (; operand != strided().end() && operand->step == number; ++operand)
        prepare(*operand, first, n, is_first, slots);
      run(step, n, slots);
      ++number;
    }
  }

  void strips(std::int64_t first, std::int64_t n, void** slots, int worker, const AroundStrips& around) const {
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t some = std::min(around.strip, n - done);
      around.before(first + done, some, worker);
      steps(first + done, some, false, slots);
      around.after(first + done, some, worker);
      move(slots, some);
      done += some;
    }
    move(slots, -n);
  }

  /// Moves all slots on by n elements, except those of scalar operands.
  void move(void** slots, std::int64_t n) const {
    for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], n);
    for (std::uint32_t i = group_.first_tile_buffer; i < group_.scratch; ++i) slots[i] = element(slots[i], n);
  }

  void run(const GroupStep& step, std::int64_t n, void* const* slots) const {
    std::array<const void*, 32> in;
    const std::uint32_t* const slot = groups_.slots.data() + step.first_slot;
    for (std::uint32_t i = 0; i < step.input_count; ++i) in[i] = slots[slot[i]];
    step.kernel(n, slots[slot[step.input_count]], in.data(), step.scalars, words_ + step.first_word);
  }

  std::byte* element(void* from, std::int64_t i) const {
    return static_cast<std::byte*>(from) + i * static_cast<std::int64_t>(group_.element_size);
  }
  ReductionRun reduction_run(const FusedReduction& reduction) const { return {group_, reduction, pointers_}; }

  void prepare(const StridedOperand& operand, std::int64_t first, std::int64_t n, bool is_first, void** slots) const {
    void* const from = pointers_[operand.pointer];
    if (operand.slot == operand.pointer) {
      slots[operand.slot] = element(from, offset_of(operand, first));
    } else if (is_first || !operand.once) {
      gather(operand, group_.element_size, from, first, n, slots[operand.slot]);
    }
  }

  const Groups& groups_;
  const Group& group_;
  void* const* pointers_;
  const Word* words_;
};

}  // namespace

void run_group(const Groups& groups, const Group& group, void* const* pointers, const Word* words, int threads,
               const AroundStrips* around) {
  if (group.count == 0) return;
  const Run run{groups, group, pointers, words};
  if (group.count <= group.tile) {
    run.at_once();
  } else {
    parallel_for((group.count + group.part_elements - 1) / group.part_elements, std::min(threads, group.workers),
                 [&run, around](std::int64_t part, int worker) { run.by_tiles(part, worker, around); });
  }
  run.finish();
}

}  // namespace capstan
