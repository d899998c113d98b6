// Which outputs of a group may lie over an input: the group writes an element after it has read the input's element.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/emit/draft.hpp"

namespace capstan::plan {

/// An output and the input whose memory it takes over; buffers.
struct Reuse {
  std::uint32_t output, input;
};

/// Replaces `found` by the reuse that a part of an instruction allows. An output may lie over an input that the plan reads for the last time in
/// this instruction, that lies exactly as the output does, and that neither a later step of the group than the one that
/// writes the output nor another part of the instruction reads.
void find_reuse(const Draft& draft, std::uint32_t instruction, const Instruction& part, std::vector<Reuse>& found);

}  // namespace capstan::plan
