// The planner's second half: where each buffer lies in the block. Instructions are walked through in their order; what
// an instruction reads for the last time is free for the next one, or for its own output where that may lie over it.

#include "planner.hpp"

namespace capstan {

namespace {

std::uint32_t pointer_count(const Instruction& instruction) {
  return instruction.input_count + (instruction.kind == Instruction::Kind::forward ? 2 : 1);
}

}  // namespace

void Planner::assign_offsets() {
  OffsetAllocator allocator;
  for (std::uint32_t now = 0; now < plan_.instructions.size(); ++now) {
    const Instruction& made = plan_.instructions[now];
    const std::uint32_t end = made.first_pointer + pointer_count(made);
    for (std::uint32_t p = made.first_pointer + made.input_count; p < end; ++p) {
      Buffer& out = buffers_[buffer_of_[p]];
      if (!place_over_input(made, out)) out.offset = allocator.allocate(out.bytes);
    }
    for (std::uint32_t p = made.first_pointer; p < end; ++p) release(buffer_of_[p], now, allocator);
  }
  plan_.block_bytes = allocator.peak();
}

bool Planner::place_over_input(const Instruction& made, Buffer& out) {
  if (made.kernel == nullptr) return false;
  for (std::uint32_t i = 0; i < made.input_count; ++i) {
    if (!may_overwrite(made, i, out)) continue;
    Buffer& input = buffers_[buffer_of_[made.first_pointer + i]];
    input.released = true;  // its bytes are the output's now
    out.offset = input.offset;
    return true;
  }
  return false;
}

/// Whether an elementwise output may lie over an input: the input lies exactly as the output does, is read here for the
/// last time, and is not read in another layout by the same instruction.
bool Planner::may_overwrite(const Instruction& made, std::uint32_t input, const Buffer& out) const {
  const std::uint32_t buffer = buffer_of_[made.first_pointer + input];
  const auto now = static_cast<std::uint32_t>(&made - plan_.instructions.data());
  if (buffer == none || buffers_[buffer].last_use != now || buffers_[buffer].bytes != out.bytes) return false;
  for (std::uint32_t i = 0; i < made.input_count; ++i) {
    const std::uint32_t p = made.first_pointer + i;
    if (buffer_of_[p] == buffer && !overwritable_[p]) return false;
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
