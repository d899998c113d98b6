// PlanReport: a plan as data – what each instruction reads and writes, where, who reads it, and why it is kept. Text is
// made of it (print.cpp), and whatever else shows a plan can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"
#include "tape/recording.hpp"

namespace capstan {

struct PlanReport {
  /// An op that an instruction computes.
  struct Member {
    NodeId node;
    std::string_view op;  ///< whose kernel it is, which need not be that of the node as it was recorded
    bool accumulated;     ///< its value is added to what the output holds
    bool recomputed;
  };
  struct Read {
    NodeId node;
    std::int64_t bytes;     ///< of it
    bool in_cache = false;  ///< a stream has just read it
  };
  /// Why a value is not overwritten before the run ends, or before backward.
  enum class Kept : std::uint8_t { no, wanted, once, asked, read, later, costly_for_backward, cheap_for_backward };
  struct Write {
    NodeId node;
    Region region;
    std::size_t offset;                ///< in it
    std::vector<std::size_t> readers;  ///< instructions, ascending
    Kept kept;
  };
  struct Step {
    Instruction::Kind kind;
    std::vector<Member> members;  ///< none of a copy
    NodeId node;                  ///< the last that it computes or, of a copy, what is copied
    std::int64_t tile = 0;        ///< of a group: elements
    std::vector<Read> reads;
    std::vector<Write> writes;
    std::int64_t moved_bytes = 0;  ///< between memory and the kernels
  };
  /// Three instructions that run as one.
  struct Stream {
    std::size_t first, between, last;
    std::int64_t elements;  ///< at a time
  };
  /// Of values that wait from forward to backward, or are computed there once more.
  struct Sum {
    std::size_t values = 0;
    std::int64_t bytes = 0;
  };

  std::size_t values = 0;  ///< that the plan computes
  std::int64_t block_bytes = 0, alive_bytes = 0;
  bool has_backward = false;
  Sum kept_for_backward, recomputed;
  std::vector<Step> steps;
  std::vector<Stream> streams;
};

PlanReport report(const Recording& recording, const Plan& plan);

}  // namespace capstan
