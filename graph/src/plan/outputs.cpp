#include "plan/outputs.hpp"

#include <algorithm>

namespace capstan {

void mark_shared(Plan& plan) {
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

void mark_small(Plan& plan) noexcept {
  constexpr std::size_t little = 16 << 10, small_part_of_arena = 256, small_part_of_rest = 8;
  const auto is_small = [&](const Plan::Output& output) {
    const Region region = region_of(output.offset);
    const std::size_t whole = plan.region_bytes[static_cast<std::size_t>(region)];
    if (whole <= little) return false;
    if (region == Region::arena && plan.collected) return true;
    const std::size_t part = region == Region::arena ? small_part_of_arena : small_part_of_rest;
    return output.bytes <= whole / part;
  };
  for (Plan::Output& output : plan.outputs) output.small = is_small(output);
  for (Plan::Output& scalar : plan.scalars) scalar.small = is_small(scalar);
}

}  // namespace capstan
