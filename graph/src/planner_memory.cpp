// The planner's second half: where each buffer lies in the block. Instructions are walked through in their order; what
// an instruction reads for the last time is free for the next one, or for its own output where that may lie over it.

#include "planner.hpp"

namespace capstan {

void Planner::assign_offsets() {
  OffsetAllocator allocator;
  for (std::uint32_t now = 0; now < plan_.instructions.size(); ++now) {
    const Instruction& made = plan_.instructions[now];
    const std::uint32_t end = made.first_pointer + made.pointer_count;
    for (std::uint32_t p = made.first_pointer + made.input_count; p < end; ++p) {
      Buffer& out = buffers_[buffer_of_[p]];
      if (out.placed) continue;
      if (!place_over_input(made, p)) out.offset = allocator.allocate(out.bytes);
      out.placed = true;
    }
    for (std::uint32_t p = made.first_pointer; p < end; ++p) release(buffer_of_[p], now, allocator);
  }
  plan_.block_bytes = allocator.peak();
}

bool Planner::place_over_input(const Instruction& made, std::uint32_t output) {
  if (turn_[output] == none) return false;
  for (std::uint32_t p = made.first_pointer; p < made.first_pointer + made.input_count; ++p) {
    if (!may_overwrite(made, p, output)) continue;
    Buffer& input = buffers_[buffer_of_[p]];
    input.released = true;  // its bytes are the output's now
    buffers_[buffer_of_[output]].offset = input.offset;
    return true;
  }
  return false;
}

/// Whether a group's output may lie over an input: the input is read here for the last time, lies exactly as the output
/// does, and no step of the group reads it after the one that writes the output.
bool Planner::may_overwrite(const Instruction& made, std::uint32_t input, std::uint32_t output) const {
  const std::uint32_t buffer = buffer_of_[input];
  const auto now = static_cast<std::uint32_t>(&made - plan_.instructions.data());
  if (buffer == none || buffers_[buffer].last_use != now || buffers_[buffer].released) return false;
  if (buffers_[buffer].bytes != buffers_[buffer_of_[output]].bytes) return false;
  for (std::uint32_t p = made.first_pointer; p < made.first_pointer + made.input_count; ++p) {
    if (buffer_of_[p] == buffer && (turn_[p] == none || turn_[p] > turn_[output])) return false;
  }
  return true;
}

void Planner::release(std::uint32_t buffer, std::uint32_t now, OffsetAllocator& allocator) {
  if (buffer == none || buffers_[buffer].last_use != now || buffers_[buffer].released) return;
  buffers_[buffer].released = true;
  allocator.free(buffers_[buffer].offset, buffers_[buffer].bytes);
}

/// Offsets in buffers become offsets in the block.
void Planner::resolve() {
  for (std::size_t p = 0; p < plan_.places.size(); ++p) {
    if (buffer_of_[p] != none) plan_.places[p].offset += static_cast<std::int64_t>(buffers_[buffer_of_[p]].offset);
  }
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    plan_.outputs[i].offset += static_cast<std::int64_t>(buffers_[output_buffers_[i]].offset);
  }
  plan_.pointers.resize(plan_.places.size());
}

}  // namespace capstan
