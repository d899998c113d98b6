#include "inspect/report.hpp"

#include <algorithm>

#include "inspect/trace.hpp"

namespace capstan {

namespace {

/// Calls visit with whatever computes a node.
template <class Visit>
void for_members(const Plan& plan, Visit visit) {
  for (const Instruction& made : plan.instructions) {
    for (const Instruction& part : parts_of(plan, made)) {
      if (part.computes_node()) visit(part);
    }
  }
  for (const GroupStep& step : plan.groups.steps) visit(step);
  for (const FusedReduction& reduction : plan.groups.reductions) visit(reduction);
}

class Reporter {
 public:
  Reporter(const Recording& recording, const Plan& plan) : recording_{recording}, plan_{plan}, trace_{recording, plan} {
    for (const Plan::Output& output : plan.outputs) outputs_.push_back(output.node);
    std::sort(outputs_.begin(), outputs_.end());
    for_members(plan, [this](const auto& made) {
      if (!made.is_recomputed) first_.push_back(made.node);
    });
    std::sort(first_.begin(), first_.end());
  }

  PlanReport make() const {
    PlanReport report{.values = plan_.computed.size(),
                      .arena_bytes = static_cast<std::int64_t>(plan_.arena_bytes()),
                      .alive_bytes = static_cast<std::int64_t>(plan_.alive_bytes),
                      .has_backward = plan_.backward != no_node,
                      .kept_for_backward = {},
                      .recomputed = {},
                      .steps = {},
                      .streams = {}};
    for (const Trace::Written& value : trace_.written()) {
      if (waits(value)) count(report.kept_for_backward, value.node);
    }
    for_members(plan_, [&](const auto& made) {
      if (is_recomputed(made)) count(report.recomputed, made.node);
    });
    auto written = trace_.written().begin();
    for (std::size_t i = 0; i < trace_.instructions().size(); ++i) {
      PlanReport::Step& step = report.steps.emplace_back(step_of(i));
      for (; written != trace_.written().end() && written->by == i; ++written) {
        step.writes.push_back(
            {written->node, region_of(written->offset), bytes_in(written->offset), written->readers, kept(*written)});
        step.moved_bytes += node(written->node).bytes();
      }
    }
    report.streams = streams();
    return report;
  }

 private:
  const Node& node(NodeId id) const { return recording_.nodes[id]; }

  void count(PlanReport::Sum& sum, NodeId id) const {
    ++sum.values;
    sum.bytes += node(id).bytes();
  }

  /// True if the value is computed a second time; one that is only computed late is not.
  template <class Made>
  bool is_recomputed(const Made& made) const {
    return made.is_recomputed && std::binary_search(first_.begin(), first_.end(), made.node);
  }

  /// True if forward computes the value and backward reads it.
  bool waits(const Trace::Written& value) const {
    if (value.node >= plan_.backward || trace_.instructions()[value.by].is_recomputed) return false;
    return std::any_of(value.readers.begin(), value.readers.end(), [this](std::size_t reader) {
      return trace_.instructions()[reader].node >= plan_.backward || trace_.instructions()[reader].is_recomputed;
    });
  }

  PlanReport::Kept kept(const Trace::Written& value) const {
    using Kept = PlanReport::Kept;
    if (std::binary_search(outputs_.begin(), outputs_.end(), value.node)) {
      switch (node(value.node).keep) {
        case Keep::no:
          return Kept::wanted;
        case Keep::once:
          return Kept::once;
        case Keep::asked:
          return Kept::asked;
        case Keep::read:
          return Kept::read;
        case Keep::later:
          return Kept::later;
      }
    }
    if (!waits(value)) return Kept::no;
    const bool cheap = node(value.node).op->traits().recompute == Recompute::cheap;
    return cheap ? Kept::cheap_for_backward : Kept::costly_for_backward;
  }

  template <class Made>
  PlanReport::Member member(const Made& made) const {
    return {made.node, node(made.node).op->name(), false, is_recomputed(made)};
  }

  PlanReport::Step step_of(std::size_t i) const {
    const Instruction& made = trace_.instructions()[i];
    PlanReport::Step step{.kind = made.kind, .members = {}, .node = made.node, .reads = {}, .writes = {}};
    if (made.computes_node())
      step.members.push_back({made.node, made.op->name(), made.accumulate, is_recomputed(made)});
    if (made.kind == Instruction::Kind::group) {
      const Group& g = plan_.groups.groups[made.detail];
      step.tile = std::min(g.tile, g.count);
      for (std::uint32_t s = 0; s < g.step_count; ++s)
        step.members.push_back(member(plan_.groups.steps[g.first_step + s]));
      for (std::uint32_t c = 0; c < g.reduction_count; ++c)
        step.members.push_back(member(plan_.groups.reductions[g.first_reduction + c]));
    }
    for (const Trace::Read& read : trace_.reads(i)) {
      const bool in_cache = is_in_cache(i, step.reads.size());
      step.reads.push_back({read.node, read.bytes, in_cache});
      if (!in_cache) step.moved_bytes += read.bytes;
    }
    return step;
  }

  std::vector<PlanReport::Stream> streams() const {
    std::vector<PlanReport::Stream> streams;
    std::size_t first = 0;
    for (const Instruction& made : plan_.instructions) {
      if (made.kind == Instruction::Kind::stream)
        streams.push_back({first, first + 1, first + 2, plan_.streams[made.detail].strip});
      first += parts_of(plan_, made).size();
    }
    return streams;
  }

  /// True if instruction i is the second product of a stream and the input is its matrix.
  bool is_in_cache(std::size_t i, std::size_t input) const {
    const std::uint32_t pointers = trace_.instructions()[i].first_pointer;
    return std::any_of(plan_.streams.begin(), plan_.streams.end(), [pointers, input](const Stream& stream) {
      return stream.parts[2].first_pointer == pointers && stream.second.matrix == input;
    });
  }

  const Recording& recording_;
  const Plan& plan_;
  Trace trace_;
  std::vector<NodeId> outputs_;  ///< the plan's outputs, ascending
  std::vector<NodeId> first_;    ///< nodes that some instruction computes for the first time; ascending
};

}  // namespace

PlanReport report(const Recording& recording, const Plan& plan) { return Reporter{recording, plan}.make(); }

}  // namespace capstan
