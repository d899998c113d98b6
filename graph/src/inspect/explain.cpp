// explain: the plans that were run since the last rewind, as text.

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/format.hpp>

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

std::string_view region_text(Region region) {
  switch (region) {
    case Region::block:
      break;
    case Region::singles:
      return "single ";
    case Region::apart:
      return "apart ";
  }
  return "";
}

class Explanation {
 public:
  Explanation(const TapeState& tape, const Plan& plan) : tape_{tape}, plan_{plan} {}

  void append(std::string& text) {
    for (const Plan::Output& output : plan_.outputs) kept_.push_back(output.node);
    std::sort(kept_.begin(), kept_.end());
    for_members([this](const auto& made) {
      if (!made.again) first_.push_back(made.node);
    });
    std::sort(first_.begin(), first_.end());
    trace();
    fmt::format_to(std::back_inserter(text),
                   "{} values by {} instructions in a block of {}; alive at once: at most {}\n", plan_.computed.size(),
                   plan_.instructions.size(), bytes_text(static_cast<std::int64_t>(plan_.block_bytes())),
                   bytes_text(static_cast<std::int64_t>(plan_.alive_bytes)));
    append_kept(text);
    for (std::size_t i = 0; i < plan_.instructions.size(); ++i) append_instruction(text, i);
  }

 private:
  /// A value in the plan's memory.
  struct Written {
    NodeId node;
    std::size_t by, order;  ///< the instruction; and which one of all that were written
    std::int64_t offset;
    std::vector<std::size_t> readers;
  };

  struct Read {
    NodeId node;
    std::int64_t bytes;  ///< of it
  };

  const Node& node(NodeId id) const { return tape_.node(id); }
  const Group& group(const Instruction& made) const { return plan_.groups.groups[made.detail]; }
  const Place& place_of(const Instruction& made, std::uint32_t pointer) const {
    return plan_.places[made.first_pointer + pointer];
  }

  /// The nodes that an instruction writes, with the pointers to them.
  std::vector<std::pair<NodeId, std::uint32_t>> outputs(const Instruction& made) const {
    if (made.kind != Instruction::Kind::group) return {{made.node, made.input_count}};
    std::vector<std::pair<NodeId, std::uint32_t>> found;
    const Group& g = group(made);
    for (std::uint32_t s = g.first_step; s < g.first_step + g.step_count; ++s) {
      const GroupStep& step = plan_.groups.steps[s];
      const std::uint32_t slot = plan_.groups.slots[step.first_slot + step.input_count];
      if (slot < g.first_register) found.emplace_back(step.node, slot);
    }
    for (std::uint32_t c = g.first_closing; c < g.first_closing + g.closing_count; ++c)
      found.emplace_back(plan_.groups.closings[c].node, plan_.groups.closings[c].output);
    return found;
  }

  /// Who writes what, and who reads it, in the order in which the instructions run: what lies at an offset is what was
  /// written there last.
  void trace() {
    std::map<std::int64_t, std::size_t> at;  // offset → written_
    reads_.resize(plan_.instructions.size());
    auto stream = plan_.streams.begin();
    for (std::size_t i = 0; i < plan_.instructions.size(); ++i) {
      if (plan_.instructions[i].streams) continue;
      if (stream != plan_.streams.end() && stream->back.instruction == i) {
        trace(stream->in.instruction, at);
        trace(stream->between.instruction, at);
        ++stream;
      }
      trace(i, at);
    }
    std::sort(written_.begin(), written_.end(),
              [](const Written& a, const Written& b) { return a.by != b.by ? a.by < b.by : a.order < b.order; });
  }

  void trace(std::size_t i, std::map<std::int64_t, std::size_t>& at) {
    const Instruction& made = plan_.instructions[i];
    for (std::uint32_t p = 0; p < made.input_count; ++p) {
      const Place& from = place_of(made, p);
      const std::int64_t bytes = covered_bytes(made, p);
      if (from.base != 0) {
        reads_[i].push_back({plan_.externals[from.base - 1].node, bytes});
      } else {
        read(i, at, from.offset, bytes);
      }
    }
    for (const auto& [id, pointer] : outputs(made)) {
      const std::int64_t offset = place_of(made, pointer).offset, end = offset + node(id).bytes();
      if (made.accumulate) read(i, at, offset, node(id).bytes());
      at.erase(at.lower_bound(offset), at.lower_bound(end));
      if (end > offset) at[offset] = written_.size();
      written_.push_back({id, i, written_.size(), offset, {}});
    }
  }

  /// The bytes that an input covers of what it is a view of.
  std::int64_t covered_bytes(const Instruction& made, std::uint32_t input) const {
    if (made.kind != Instruction::Kind::group) {
      const Array& x = plan_.arrays[made.detail + input];
      return covered(x.shape.extents(), x.strides) * static_cast<std::int64_t>(size_of(x.dtype));
    }
    const Group& g = group(made);
    const auto size = static_cast<std::int64_t>(g.element_size);
    for (std::uint32_t s = g.first_strided; s < g.first_strided + g.strided_count; ++s) {
      const StridedOperand& x = plan_.groups.strided[s];
      if (x.pointer == input) return covered({x.extents.data(), x.extents.size()}, x.steps) * size;
    }
    return plan_.groups.moves(g, input) ? g.count * size : size;
  }

  static std::int64_t covered(std::span<const std::int64_t> extents, const Strides& strides) {
    std::int64_t elements = 1;
    for (std::size_t i = 0; i < extents.size(); ++i) elements *= strides[i] == 0 && extents[i] > 0 ? 1 : extents[i];
    return elements;
  }

  /// Instruction i reads so many bytes of what lies at the offset.
  void read(std::size_t i, const std::map<std::int64_t, std::size_t>& at, std::int64_t offset, std::int64_t bytes) {
    const auto next = at.upper_bound(offset);
    if (next == at.begin()) return;
    Written& value = written_[std::prev(next)->second];
    if (value.readers.empty() || value.readers.back() != i) value.readers.push_back(i);
    reads_[i].push_back({value.node, bytes});
  }

  /// Calls visit with whatever computes a node.
  template <class Visit>
  void for_members(Visit visit) const {
    for (const Instruction& made : plan_.instructions) {
      if (made.kind == Instruction::Kind::forward) visit(made);
    }
    for (const GroupStep& step : plan_.groups.steps) visit(step);
    for (const Closing& closing : plan_.groups.closings) visit(closing);
  }

  /// What is computed late may be computed then for the first time.
  template <class Made>
  bool is_again(const Made& made) const {
    return made.again && std::binary_search(first_.begin(), first_.end(), made.node);
  }

  /// Whether backward reads it, for which it has waited since forward.
  bool waits(const Written& value) const {
    if (value.node >= plan_.backward || plan_.instructions[value.by].again) return false;
    return std::any_of(value.readers.begin(), value.readers.end(), [this](std::size_t reader) {
      return plan_.instructions[reader].node >= plan_.backward || plan_.instructions[reader].again;
    });
  }

  void append_kept(std::string& text) const {
    if (plan_.backward == no_node) return;
    std::int64_t kept_bytes = 0, again_bytes = 0;
    std::size_t kept = 0, again = 0;
    for (const Written& value : written_) {
      if (!waits(value)) continue;
      kept_bytes += node(value.node).bytes();
      ++kept;
    }
    for_members([&](const auto& made) {
      if (!is_again(made)) return;
      again_bytes += node(made.node).bytes();
      ++again;
    });
    fmt::format_to(std::back_inserter(text), "kept for backward: {} values, {}; computed again: {} values, {}\n", kept,
                   bytes_text(kept_bytes), again, bytes_text(again_bytes));
  }

  std::string name(NodeId id) const {
    if (is_number(*node(id).op)) return "a number";
    if (const std::string_view label = name_of(tape_.recording(), id); !label.empty())
      return fmt::format("{} {}", label, *node(id).shape);
    if (is_leaf(*node(id).op)) return fmt::format("{} {}", node(id).op->name(), *node(id).shape);
    return fmt::format("{} {}", id, *node(id).shape);
  }

  void append_op(std::string& text, NodeId id, std::string_view op, std::string_view lead) const {
    const Node& n = node(id);
    const std::string what = fmt::format("{} {} {}", id, op, *n.shape);
    fmt::format_to(std::back_inserter(text), "{}{:<44} {}:{}\n", lead, what, file_name(n.where), n.where.line());
  }

  /// Whether it is the second product of a stream, and that its matrix.
  bool is_near(std::size_t i, std::size_t input) const {
    return std::any_of(plan_.streams.begin(), plan_.streams.end(), [i, input](const Stream& stream) {
      return stream.back.instruction == i && stream.back.v.matrix == input;
    });
  }

  /// A stream, before the first of its instructions.
  void append_stream(std::string& text, std::size_t first) const {
    for (const Stream& stream : plan_.streams) {
      if (stream.in.instruction != first) continue;
      fmt::format_to(std::back_inserter(text), "      a stream of {}, {} and {}, {} elements at a time\n", first + 1,
                     stream.between.instruction + 1, stream.back.instruction + 1, stream.piece);
    }
  }

  void append_instruction(std::string& text, std::size_t i) {
    const Instruction& made = plan_.instructions[i];
    append_stream(text, i);
    const std::string lead = fmt::format("{:>4}  ", i + 1);
    switch (made.kind) {
      case Instruction::Kind::group:
        append_group(text, group(made), lead);
        break;
      case Instruction::Kind::forward:
        append_op(
            text, made.node,
            fmt::format("{}{}{}", made.op->name(), made.accumulate ? ", added" : "", is_again(made) ? ", again" : ""),
            lead);
        break;
      case Instruction::Kind::copy:
        fmt::format_to(std::back_inserter(text), "{}copy of {}, row-major\n", lead, name(made.node));
        break;
    }
    std::int64_t moved = 0;
    fmt::format_to(std::back_inserter(text), "        reads");
    for (std::size_t k = 0; k < reads_[i].size(); ++k) {
      const auto [read, bytes] = reads_[i][k];
      const bool near = is_near(i, k);
      if (!near) moved += bytes;
      fmt::format_to(std::back_inserter(text), "{} {}{}", k == 0 ? "" : ",", name(read),
                     near ? " while it is near" : "");
    }
    text += '\n';
    for (; next_written_ < written_.size() && written_[next_written_].by == i; ++next_written_) {
      moved += node(written_[next_written_].node).bytes();
      append_written(text, written_[next_written_]);
    }
    fmt::format_to(std::back_inserter(text), "        moves {}\n", bytes_text(moved));
  }

  template <class Member>
  void append_member(std::string& text, const Member& member, std::string_view lead) const {
    append_op(text, member.node, fmt::format("{}{}", node(member.node).op->name(), is_again(member) ? ", again" : ""),
              lead);
  }

  void append_group(std::string& text, const Group& g, std::string_view lead) const {
    const std::uint32_t ops = g.step_count + g.closing_count;
    if (ops == 1) return append_member(text, plan_.groups.steps[g.first_step], lead);
    fmt::format_to(std::back_inserter(text), "{}group of {} ops, {} elements a tile\n", lead, ops,
                   std::min(g.tile, g.count));
    for (std::uint32_t s = g.first_step; s < g.first_step + g.step_count; ++s)
      append_member(text, plan_.groups.steps[s], "          ");
    for (std::uint32_t c = g.first_closing; c < g.first_closing + g.closing_count; ++c)
      append_member(text, plan_.groups.closings[c], "          ");
  }

  void append_written(std::string& text, const Written& value) const {
    fmt::format_to(std::back_inserter(text), "        writes {} at {}{}", name(value.node),
                   region_text(region_of(value.offset)), bytes_in(value.offset));
    for (std::size_t k = 0; k < value.readers.size(); ++k) {
      fmt::format_to(std::back_inserter(text), "{}{}", k == 0 ? ", read by " : ", ", value.readers[k] + 1);
    }
    if (std::binary_search(kept_.begin(), kept_.end(), value.node)) {
      fmt::format_to(std::back_inserter(text), ", kept: {}", reason(value.node));
    } else if (waits(value)) {
      fmt::format_to(std::back_inserter(text), ", kept for backward: {}", cost(value.node));
    }
    text += '\n';
  }

  std::string_view cost(NodeId id) const {
    return node(id).op->recompute() == Recompute::cheap ? "what it is made of costs more" : "costly to compute again";
  }

  std::string_view reason(NodeId id) const {
    switch (node(id).keep) {
      case Keep::no:
        break;
      case Keep::once:
        return "a user's op, which runs once";
      case Keep::asked:
        return "tape.keep";
      case Keep::read:
        return "the program reads it";
      case Keep::later:
        return "a later run reads it";
    }
    return "wanted";
  }

  const TapeState& tape_;
  const Plan& plan_;
  std::vector<NodeId> kept_;      ///< ascending
  std::vector<NodeId> first_;     ///< computed other than again; ascending
  std::vector<Written> written_;  ///< instruction by instruction
  std::size_t next_written_ = 0;
  std::vector<std::vector<Read>> reads_;  ///< of each instruction
};

}  // namespace

std::string Tape::explain() const {
  const std::vector<const Plan*> plans = state().plans_run();
  std::string text = fmt::format("plans run since the last rewind: {}; nodes recorded: {}\n", plans.size(), size());
  if (const std::int64_t budget = state().options().memory_budget; budget > 0)
    text += fmt::format("memory budget: {}\n", bytes_text(budget));
  for (const Plan* plan : plans) {
    text += '\n';
    Explanation{state(), *plan}.append(text);
  }
  return text;
}

}  // namespace capstan
