#include "run/step_memory.hpp"

#include <utility>

#include <capstan/tensor/strided/copy.hpp>
#include <capstan/tensor/tensor_access.hpp>

#include "plan/outputs.hpp"

namespace capstan {

RunMemory StepMemory::take_for(const Plan& plan) {
  RunMemory memory;
  for (std::size_t r = 0; r < region_count; ++r) {
    const bool holds_empty_values = r == 0;
    const std::size_t bytes = plan.region_bytes[r];
    if (bytes == 0 && !holds_empty_values) continue;
    StoragePtr storage = eager_ ? Storage::allocate(bytes) : pools_[r].take(bytes);
    const std::uint64_t version = storage->version();
    memory[r] = {std::move(storage), version};
  }
  return memory;
}

Tensor StepMemory::copy(const void* elements, const Shape& shape, const Strides& strides, DType dtype) {
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  copies_.push_back(copies_pool_.take(bytes));
  const StoragePtr& memory = copies_.back();
  if (bytes > 0) strided_copy(size_of(dtype), shape, elements, strides, memory->data(), row_major(shape));
  return TensorAccess::make(memory, memory->data(), shape, dtype);
}

void StepMemory::give_back(Run& run) noexcept {
  note_collected(run);
  if (eager_) return;
  for (std::size_t r = 0; r < region_count; ++r) {
    if (run.memory[r].storage) pools_[r].give_back(std::move(run.memory[r].storage));
  }
}

void StepMemory::end_step() noexcept {
  for (StoragePtr& copy : copies_) copies_pool_.give_back(std::move(copy));
  copies_.clear();
  for (ArenaPool& pool : pools_) pool.end_step();
  copies_pool_.end_step();
}

/// Notes that a program collects the values of a plan: it holds the arena of this run, and those of earlier runs as well.
void StepMemory::note_collected(const Run& run) const noexcept {
  constexpr std::size_t held_by_turns = 2;  // held by a program that keeps the last step's values during the next step
  const StoragePtr& arena = run.memory[0].storage;
  Plan& plan = *run.plan;
  if (plan.collected || !arena || arena->unique() || pools_[0].held() <= held_by_turns) return;
  plan.collected = true;
  mark_small(plan);
}

}  // namespace capstan
