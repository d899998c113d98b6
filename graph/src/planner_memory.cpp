// Where each buffer lies in the block: what an instruction reads for the last time is free for the next one, or for its
// own output where that may lie over it.

#include "planner.hpp"

namespace capstan {

void Planner::assign_offsets() {
  for (const Instruction& made : plan_.instructions) {
    for (std::uint32_t p = made.first_pointer + made.input_count; p < made.first_pointer + made.pointer_count; ++p) {
      if (buffers_[buffer_of_[p]].lifetime == none) find_lifetime(made, p);
    }
  }
  plan_.alive_bytes = alive_at_once(lifetimes_);
  plan_.block_bytes = place(lifetimes_);
}

/// Lying over an input, the output makes the input's memory live on.
void Planner::find_lifetime(const Instruction& made, std::uint32_t output) {
  Buffer& out = buffers_[buffer_of_[output]];
  const auto now = static_cast<std::uint32_t>(&made - plan_.instructions.data());
  for (std::uint32_t p = made.first_pointer; p < made.first_pointer + made.input_count; ++p) {
    if (!may_overwrite(made, p, output)) continue;
    Buffer& input = buffers_[buffer_of_[p]];
    input.covered = true;
    out.lifetime = input.lifetime;
    lifetimes_[out.lifetime].last = out.last_use;
    return;
  }
  out.lifetime = static_cast<std::uint32_t>(lifetimes_.size());
  lifetimes_.push_back({out.bytes, now, out.last_use});
}

/// Whether a group's output may lie over an input: the input is read here for the last time, lies exactly as the output
/// does, and no step of the group reads it after the one that writes the output.
bool Planner::may_overwrite(const Instruction& made, std::uint32_t input, std::uint32_t output) const {
  const std::uint32_t buffer = buffer_of_[input];
  const auto now = static_cast<std::uint32_t>(&made - plan_.instructions.data());
  if (turn_[output] == none || buffer == none) return false;
  if (buffers_[buffer].last_use != now || buffers_[buffer].covered) return false;
  if (buffers_[buffer].bytes != buffers_[buffer_of_[output]].bytes) return false;
  for (std::uint32_t p = made.first_pointer; p < made.first_pointer + made.input_count; ++p) {
    if (buffer_of_[p] == buffer && (turn_[p] == none || turn_[p] > turn_[output])) return false;
  }
  return true;
}

/// Offsets in buffers become offsets in the block.
void Planner::resolve() {
  const auto start = [this](std::uint32_t buffer) {
    return static_cast<std::int64_t>(lifetimes_[buffers_[buffer].lifetime].offset);
  };
  for (std::size_t p = 0; p < plan_.places.size(); ++p) {
    if (buffer_of_[p] != none) plan_.places[p].offset += start(buffer_of_[p]);
  }
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    plan_.outputs[i].offset += start(output_buffers_[i]);
  }
  plan_.pointers.resize(plan_.places.size());
}

}  // namespace capstan
