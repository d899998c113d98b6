// Tape::explain: the plans that were run since the last rewind, as text.

#include <iterator>
#include <string>

#include <fmt/format.h>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/format.hpp>

#include "inspect/report.hpp"
#include "tape/describe.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string_view file_name(const std::source_location& where) {
  const std::string_view path = where.file_name();
  return path.substr(path.find_last_of('/') + 1);
}

std::string_view text_of(Region region) {
  switch (region) {
    case Region::arena:
      break;
    case Region::scalars:
      return "single ";
    case Region::apart:
      return "apart ";
  }
  return "";
}

std::string_view text_of(PlanReport::Kept kept) {
  switch (kept) {
    case PlanReport::Kept::no:
      break;
    case PlanReport::Kept::wanted:
      return ", kept: wanted";
    case PlanReport::Kept::once:
      return ", kept: a user's op, which runs once";
    case PlanReport::Kept::asked:
      return ", kept: tape.keep";
    case PlanReport::Kept::read:
      return ", kept: the program reads it";
    case PlanReport::Kept::later:
      return ", kept: a later run reads it";
    case PlanReport::Kept::costly_for_backward:
      return ", kept for backward: costly to compute again";
    case PlanReport::Kept::cheap_for_backward:
      return ", kept for backward: what it is made of costs more";
  }
  return "";
}

/// Prints reports of plans for one recording.
class Printer {
 public:
  Printer(const Recording& recording, std::string& text) : recording_{recording}, text_{text} {}

  void print(const PlanReport& plan) {
    append("{} values by {} instructions in a block of {}; alive at once: at most {}\n", plan.values, plan.steps.size(),
           bytes_text(plan.arena_bytes), bytes_text(plan.alive_bytes));
    if (plan.has_backward) {
      append("kept for backward: {} values, {}; computed again: {} values, {}\n", plan.kept_for_backward.values,
             bytes_text(plan.kept_for_backward.bytes), plan.recomputed.values, bytes_text(plan.recomputed.bytes));
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      for (const PlanReport::Stream& stream : plan.streams) {
        if (stream.first == i) print(stream);
      }
      print(plan.steps[i], i);
    }
  }

 private:
  template <class... Arguments>
  void append(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  const Node& node(NodeId id) const { return recording_.nodes[id]; }

  std::string name(NodeId id) const {
    if (is_number(*node(id).op)) return "a number";
    if (const std::string_view label = name_of(recording_, id); !label.empty())
      return fmt::format("{} {}", label, *node(id).shape);
    if (is_leaf(*node(id).op)) return fmt::format("{} {}", node(id).op->name(), *node(id).shape);
    return fmt::format("{} {}", id, *node(id).shape);
  }

  /// Prints a stream; to be called before its first instruction is printed.
  void print(const PlanReport::Stream& stream) {
    append("      a stream of {}, {} and {}, {} elements at a time\n", stream.first + 1, stream.between + 1,
           stream.last + 1, stream.elements);
  }

  void print(const PlanReport::Step& step, std::size_t number) {
    const std::string lead = fmt::format("{:>4}  ", number + 1);
    if (step.kind == Instruction::Kind::copy) {
      append("{}copy of {}, row-major\n", lead, name(step.node));
    } else if (step.members.size() == 1) {
      print(step.members.front(), lead);
    } else {
      append("{}group of {} ops, {} elements a tile\n", lead, step.members.size(), step.tile);
      for (const PlanReport::Member& member : step.members) print(member, "          ");
    }
    append("        reads");
    for (std::size_t i = 0; i < step.reads.size(); ++i) {
      append("{} {}{}", i == 0 ? "" : ",", name(step.reads[i].node), step.reads[i].in_cache ? " while it is near" : "");
    }
    text_ += '\n';
    for (const PlanReport::Write& write : step.writes) print(write);
    append("        moves {}\n", bytes_text(step.moved_bytes));
  }

  void print(const PlanReport::Member& member, std::string_view lead) {
    const Node& n = node(member.node);
    const std::string what = fmt::format("{} {}{}{} {}", member.node, member.op, member.accumulated ? ", added" : "",
                                         member.recomputed ? ", again" : "", *n.shape);
    const std::source_location where = recording_.line(member.node);
    append("{}{:<44} {}:{}\n", lead, what, file_name(where), where.line());
  }

  void print(const PlanReport::Write& write) {
    append("        writes {} at {}{}", name(write.node), text_of(write.region), write.offset);
    for (std::size_t i = 0; i < write.readers.size(); ++i) {
      append("{}{}", i == 0 ? ", read by " : ", ", write.readers[i] + 1);
    }
    append("{}\n", text_of(write.kept));
  }

  const Recording& recording_;
  std::string& text_;
};

}  // namespace

std::string Tape::explain() const {
  const std::vector<const Plan*> plans = state().plans_run();
  std::string text = fmt::format("plans run since the last rewind: {}; nodes recorded: {}\n", plans.size(), size());
  if (const std::int64_t budget = state().options().memory_budget; budget > 0)
    text += fmt::format("memory budget: {}\n", bytes_text(budget));
  Printer printer{state().recording(), text};
  for (const Plan* plan : plans) {
    text += '\n';
    printer.print(report(state().recording(), *plan));
  }
  return text;
}

}  // namespace capstan
