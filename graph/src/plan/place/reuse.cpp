#include "plan/place/reuse.hpp"

#include <algorithm>
#include <tuple>

#include <boost/container/small_vector.hpp>

namespace capstan::plan {

namespace {

/// When a group's steps read or write a buffer.
struct Turn {
  std::size_t bytes;
  std::uint32_t turn;
  std::uint32_t buffer;
};

using Turns = boost::container::small_vector<Turn, 8>;

bool earlier(const Turn& a, const Turn& b) {
  return std::tie(a.bytes, a.turn, a.buffer) < std::tie(b.bytes, b.turn, b.buffer);
}

/// Keeps the last turn of each buffer. It is none where a part of the buffer is read in another layout, and no output comes
/// after that.
void keep_last_turns(Turns& turns) {
  std::sort(turns.begin(), turns.end(),
            [](const Turn& a, const Turn& b) { return a.buffer != b.buffer ? a.buffer < b.buffer : a.turn > b.turn; });
  const auto same = [](const Turn& a, const Turn& b) { return a.buffer == b.buffer; };
  turns.erase(std::unique(turns.begin(), turns.end(), same), turns.end());
}

Turns outputs_of(const Draft& draft, const Instruction& part) {
  Turns outputs;
  for (std::uint32_t p = part.first_pointer + part.input_count; p < part.first_pointer + part.pointer_count; ++p) {
    const Target& target = draft.targets[p];
    if (target.turn == none) continue;
    const Buffer& buffer = draft.buffers[target.buffer];
    if (buffer.region == Region::arena) outputs.push_back({buffer.bytes, target.turn, target.buffer});
  }
  std::sort(outputs.begin(), outputs.end(), earlier);
  return outputs;
}

/// True if another part of the instruction reads the buffer before the part writes.
bool is_read_by_others(const Draft& draft, std::uint32_t instruction, const Instruction& part, std::uint32_t buffer) {
  for (const Instruction& other : parts_of(draft.plan, draft.plan.instructions[instruction])) {
    if (other.first_pointer == part.first_pointer) continue;
    const Target* const first = draft.targets.data() + other.first_pointer;
    if (std::any_of(first, first + other.input_count, [buffer](const Target& x) { return x.buffer == buffer; }))
      return true;
  }
  return false;
}

/// The buffers that the plan reads for the last time in this part.
Turns last_inputs_of(const Draft& draft, std::uint32_t instruction, const Instruction& part) {
  Turns inputs;
  for (std::uint32_t p = part.first_pointer; p < part.first_pointer + part.input_count; ++p) {
    const auto [buffer, turn] = draft.targets[p];
    if (buffer == none || draft.buffers[buffer].last_use != instruction) continue;
    if (is_read_by_others(draft, instruction, part, buffer)) continue;
    inputs.push_back({draft.buffers[buffer].bytes, turn, buffer});
  }
  keep_last_turns(inputs);
  std::sort(inputs.begin(), inputs.end(), earlier);
  return inputs;
}

}  // namespace

void find_reuse(const Draft& draft, std::uint32_t instruction, const Instruction& part, std::vector<Reuse>& found) {
  found.clear();
  const Turns outputs = outputs_of(draft, part);
  if (outputs.empty()) return;
  const Turns inputs = last_inputs_of(draft, instruction, part);
  std::vector<std::uint32_t> free;  // buffers of the output's size whose last turn is over
  auto input = inputs.begin();
  std::size_t bytes = 0;
  for (const Turn& output : outputs) {
    if (output.bytes != bytes) free.clear();
    bytes = output.bytes;
    for (; input != inputs.end() && (input->bytes < bytes || (input->bytes == bytes && input->turn <= output.turn));
         ++input) {
      if (input->bytes == bytes) free.push_back(input->buffer);
    }
    if (free.empty()) continue;
    found.push_back({output.buffer, free.back()});
    free.pop_back();
  }
}

}  // namespace capstan::plan
