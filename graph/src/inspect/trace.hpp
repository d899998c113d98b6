// Trace: which instruction writes which value at which offset of a plan's memory, and which instructions read it. It goes
// through the instructions in order: the value at an offset is the one that was written there last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "tape/recording.hpp"

namespace capstan {

class Trace {
 public:
  /// A value in the plan's memory.
  struct Written {
    NodeId node;
    std::size_t by;  ///< the instruction that writes it
    std::int64_t offset;
    std::vector<std::size_t> readers;
  };
  struct Read {
    NodeId node;
    std::int64_t bytes;  ///< that are read
  };

  Trace(const Recording& recording, const Plan& plan);

  /// The plan's instructions; a stream is its three parts.
  std::span<const Instruction> instructions() const noexcept { return {instructions_.data(), instructions_.size()}; }
  const std::vector<Written>& written() const noexcept { return written_; }  ///< instruction by instruction
  const std::vector<Read>& reads(std::size_t instruction) const noexcept { return reads_[instruction]; }

 private:
  using Lying = std::map<std::int64_t, std::size_t>;  ///< from an offset to a position in written_

  void run(std::size_t i, Lying& lying);
  void read(std::size_t i, const Lying& lying, std::int64_t offset, std::int64_t bytes);
  std::vector<std::pair<NodeId, std::uint32_t>> outputs(const Instruction& made) const;
  std::int64_t covered_bytes(const Instruction& made, std::uint32_t input) const;
  const Place& place_of(const Instruction& made, std::uint32_t pointer) const {
    return plan_.places[made.first_pointer + pointer];
  }
  std::int64_t bytes_of(NodeId id) const { return recording_.nodes[id].bytes(); }

  const Recording& recording_;
  const Plan& plan_;
  PodVector<Instruction> instructions_;
  std::vector<Written> written_;
  std::vector<std::vector<Read>> reads_;
};

}  // namespace capstan
