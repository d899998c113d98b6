// Emission: the draft while instructions are appended to it, and what it takes to append one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/emit/draft.hpp"
#include "plan/program.hpp"

namespace capstan::plan {

/// What a group that is being emitted knows of a value that it computes or reads.
struct UseInGroup {
  std::uint32_t slot = none;
  std::uint32_t operand = none;  ///< none for a value that the group computes
  std::uint32_t last_read = 0;   ///< step; none for a value that is read after the last step
  std::uint32_t written = 0;     ///< step
  bool is_freed = false;         ///< another value may have its tile buffer
};

class Emission {
 public:
  /// Takes over the program's buffers, and what it reads from outside, into an empty draft.
  Emission(Program& program, Draft& draft);

  const Program& program() const noexcept { return program_; }
  const Values& values() const noexcept { return program_.values; }
  Plan& plan() noexcept { return draft_.plan; }
  int threads() const noexcept { return program_.request->threads; }
  UseInGroup& use(ValueId v) noexcept { return uses_[v]; }

  /// An instruction for a step that has no pointers yet.
  Instruction begin(const Step& step) const;
  /// Appends a pointer to the instruction that is appended next.
  void point(Instruction& made, const Location& at, std::uint32_t turn = none);
  /// Appends the pointers to all operands and to the result.
  void point_all(Instruction& made, const Step& step);
  /// Appends a pointer to new scratch.
  void point_scratch(Instruction& made, std::size_t bytes, ValueId computed);
  std::uint32_t add_scratch(std::size_t bytes, ValueId computed);
  void append(const Instruction& made) { draft_.plan.instructions.push_back(made); }

  /// Enters what is read after the run.
  void finish();

 private:
  const Program& program_;
  Draft& draft_;
  std::size_t buffer_bytes_;
  PodVector<UseInGroup> uses_;  ///< per value
};

/// A streamed group has parts of one chunk.
Instruction emit_group(Emission& emission, const Step& step, bool is_streamed);

}  // namespace capstan::plan
