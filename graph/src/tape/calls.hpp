// Calls: the function of an op that the tape is calling now. A gradient rule records on the tape, under the user's line
// of the node whose rule it is; no other function may use the tape that calls it.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

namespace capstan {

class Calls {
 public:
  enum class Function : std::uint8_t { none, shape, forward };

  /// Lives while a function runs that must not use the tape.
  class Call {
   public:
    Call(Calls& calls, Function function) noexcept : calls_{calls}, line_{calls.line_} {
      calls.function_ = function;
      calls.line_ = &calls.rule_line_;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      calls_.function_ = Function::none;
      calls_.line_ = line_;
    }

   private:
    Calls& calls_;
    const std::source_location* line_;
  };

  /// Lives while the tape calls gradient rules.
  class Rules {
   public:
    Rules(Calls& calls, std::source_location where) noexcept : calls_{calls} {
      calls.rule_line_ = where;
      calls.line_ = &calls.rule_line_;
      calls.literals_ = true;
    }
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;
    ~Rules() {
      calls_.line_ = nullptr;
      calls_.literals_ = false;
    }

    /// The next rule belongs to a node that was recorded at this line.
    void next(std::source_location where) noexcept { calls_.rule_line_ = where; }
    std::source_location line() const noexcept { return calls_.rule_line_; }
    /// Tells whether the rule may record something else the next time. Its numbers are not recorded as literals then.
    void may_change(bool changes) noexcept { calls_.literals_ = !changes; }

   private:
    Calls& calls_;
  };

  /// The line under which a node is recorded now: the given one or, within a gradient rule, the line of the rule's node.
  std::source_location line(std::source_location given) const { return line_ == nullptr ? given : line_of_rule(given); }
  bool within_rule() const noexcept { return line_ != nullptr; }
  /// True if numbers are recorded as literals: in a rule that always records the same.
  bool literals() const noexcept { return literals_; }
  /// ValueError while a function runs that must not use the tape.
  void check(std::string_view what, std::source_location where) const {
    if (function_ != Function::none) refuse(what, where);
  }
  /// ValueError only while a function runs in a plan, not while a rule or shape function is called.
  void check_running(std::string_view what, std::source_location where) const {
    if (function_ == Function::forward) refuse(what, where);
  }

 private:
  [[noreturn]] void refuse(std::string_view what, std::source_location where) const;
  std::source_location line_of_rule(std::source_location given) const {
    check("record", given);
    return *line_;
  }

  const std::source_location* line_ = nullptr;  ///< while a function of an op runs: the line of its node
  std::source_location rule_line_{};
  Function function_ = Function::none;
  bool literals_ = false;
};

}  // namespace capstan
