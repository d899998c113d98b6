// Where each buffer lies in the block: what an instruction reads for the last time is free for the next one, or for its
// own output where that may lie over it.

#include <algorithm>
#include <tuple>
#include <utility>

#include "plan/planner.hpp"

namespace capstan {

namespace {

constexpr std::size_t small_part = 8;          // so many times as large must the block be
constexpr std::size_t small_block = 16 << 10;  // one that may be kept for the sake of any part of it

}  // namespace

void Planner::assign_offsets() {
  place_in_block();
  if (request_.budget != SIZE_MAX) return;
  place_outputs_apart();
  place_singles_in_block();
}

/// Where the block is small, a memory of their own would cost the step more than it frees.
void Planner::place_singles_in_block() {
  std::size_t& singles = plan_.region_bytes[static_cast<std::size_t>(Region::singles)];
  const std::size_t begin = aligned(plan_.block_bytes());
  if (singles == 0 || begin + singles > small_block) return;
  plan_.region_bytes[0] = begin + std::exchange(singles, 0);
  for (Buffer& buffer : buffers_) {
    if (buffer.region != Region::singles) continue;
    buffer.region = Region::block;
    buffer.lifetime = static_cast<std::uint32_t>(lifetimes_.size());
    lifetimes_.push_back({.bytes = buffer.bytes, .first = 0, .last = none, .offset = begin + buffer.offset});
  }
  for (Plan::Output& single : plan_.singles) single.offset = offset_in(Region::block, begin + bytes_in(single.offset));
}

void Planner::place_in_block() {
  lifetimes_.clear();
  for (Buffer& buffer : buffers_) buffer.lifetime = none;
  for (std::uint32_t i = 0; i < plan_.instructions.size(); ++i) {
    const Instruction& made = plan_.instructions[i];
    cover_inputs(made);
    for (std::uint32_t p = made.first_pointer + made.input_count; p < made.first_pointer + made.pointer_count; ++p) {
      Buffer& out = buffers_[buffer_of_[p]];
      if (out.lifetime != none || out.region != Region::block) continue;
      out.lifetime = static_cast<std::uint32_t>(lifetimes_.size());
      lifetimes_.push_back({out.bytes, i, out.last_use});
    }
  }
  plan_.alive_bytes = alive_at_once(lifetimes_);
  plan_.region_bytes[0] = place(lifetimes_);
}

void Planner::place_outputs_apart() {
  std::size_t bytes = 0;
  for (const std::uint32_t output : output_buffers_) {
    if (buffers_[output].region == Region::block) bytes += aligned(buffers_[output].bytes);
  }
  if (bytes == 0 || plan_.block_bytes() < std::max(small_part * bytes, small_block)) return;
  std::size_t& apart = plan_.region_bytes[static_cast<std::size_t>(Region::apart)];
  for (const std::uint32_t output : output_buffers_) {
    Buffer& buffer = buffers_[output];
    if (buffer.region != Region::block) continue;
    buffer.region = Region::apart;
    buffer.offset = apart;
    apart += aligned(buffer.bytes);
  }
  place_in_block();
}

/// Lays outputs of a group over inputs, whose memory lives on so. An output may lie over an input that is read here for
/// the last time, lies exactly as the output does, and is read by no step after the one that writes the output.
void Planner::cover_inputs(const Instruction& made) {
  const std::uint32_t inputs_end = made.first_pointer + made.input_count;
  std::vector<Turn> outputs, inputs;
  for (std::uint32_t p = inputs_end; p < made.first_pointer + made.pointer_count; ++p) {
    if (turn_[p] != none && buffers_[buffer_of_[p]].region == Region::block)
      outputs.push_back({buffers_[buffer_of_[p]].bytes, turn_[p], buffer_of_[p]});
  }
  if (outputs.empty()) return;
  const auto at = static_cast<std::uint32_t>(&made - plan_.instructions.data());
  const Stream* const stream = made.streams ? stream_of_group(at) : nullptr;
  const std::uint32_t now = stream == nullptr ? at : stream->back.instruction;
  for (std::uint32_t p = made.first_pointer; p < inputs_end; ++p) {
    const std::uint32_t buffer = buffer_of_[p];
    if (buffer == none || buffers_[buffer].last_use != now) continue;
    if (stream != nullptr && reads(plan_.instructions[stream->in.instruction], buffer)) continue;
    inputs.push_back({buffers_[buffer].bytes, turn_[p], buffer});
  }
  keep_last_turns(inputs);
  std::sort(inputs.begin(), inputs.end(), earlier);
  std::sort(outputs.begin(), outputs.end(), earlier);
  std::vector<std::uint32_t> free;  // buffers of the bytes at hand whose last turn is over
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
    Buffer& out = buffers_[output.buffer];
    out.lifetime = buffers_[free.back()].lifetime;
    lifetimes_[out.lifetime].last = out.last_use;
    free.pop_back();
  }
}

bool Planner::earlier(const Turn& a, const Turn& b) {
  return std::tie(a.bytes, a.turn, a.buffer) < std::tie(b.bytes, b.turn, b.buffer);
}

/// Of each buffer the last turn alone, which is `none` where a part of it is read in another layout: no output comes
/// after that.
void Planner::keep_last_turns(std::vector<Turn>& turns) {
  std::sort(turns.begin(), turns.end(),
            [](const Turn& a, const Turn& b) { return a.buffer != b.buffer ? a.buffer < b.buffer : a.turn > b.turn; });
  const auto same = [](const Turn& a, const Turn& b) { return a.buffer == b.buffer; };
  turns.erase(std::unique(turns.begin(), turns.end(), same), turns.end());
}

/// Offsets in buffers become offsets in the plan's memory.
void Planner::resolve() {
  const auto start = [this](std::uint32_t buffer) {
    const Buffer& b = buffers_[buffer];
    return offset_in(b.region, b.region == Region::block ? lifetimes_[b.lifetime].offset : b.offset);
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
