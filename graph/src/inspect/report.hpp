// PlanReport: a plan as data – what each instruction reads and writes, at which offset, which instructions read that,
// and why a value is kept. explain() prints it (print.cpp).
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
    std::string_view op;  ///< the op that computes it, which may differ from the node's op as recorded
    bool accumulated;     ///< its value is added to the values in the output buffer
    bool recomputed;
  };
  struct Read {
    NodeId node;
    std::int64_t bytes;     ///< that are read
    bool in_cache = false;  ///< an earlier instruction of the same stream has just read it
  };
  /// Why a value is not overwritten before the run ends, or before backward.
  enum class Kept : std::uint8_t { no, wanted, once, asked, read, later, costly_for_backward, cheap_for_backward };
  struct Write {
    NodeId node;
    Region region;
    std::size_t offset;                ///< in the region, in bytes
    std::vector<std::size_t> readers;  ///< numbers of instructions, ascending
    Kept kept;
  };
  struct Step {
    Instruction::Kind kind;
    std::vector<Member> members;  ///< empty for a copy
    NodeId node;                  ///< the last node that it computes; for a copy, the node that is copied
    std::int64_t tile = 0;        ///< elements per tile of a group
    std::vector<Read> reads;
    std::vector<Write> writes;
    std::int64_t moved_bytes = 0;  ///< between memory and the kernels
  };
  /// Three instructions that run as one.
  struct Stream {
    std::size_t first, between, last;
    std::int64_t elements;  ///< per strip
  };
  /// The number and size of the values that are saved for backward, or recomputed there.
  struct Sum {
    std::size_t values = 0;
    std::int64_t bytes = 0;
  };

  std::size_t values = 0;  ///< the number of values that the plan computes
  std::int64_t arena_bytes = 0, alive_bytes = 0;
  bool has_backward = false;
  Sum kept_for_backward, recomputed;
  std::vector<Step> steps;
  std::vector<Stream> streams;
};

PlanReport report(const Recording& recording, const Plan& plan);

}  // namespace capstan
