// The instruction of a group: its ops and fused reductions, and the slot of each value that they read and write.

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include "plan/emit/emission.hpp"
#include "plan/emit/group_operands.hpp"
#include "plan/emit/group_scratch.hpp"
#include "plan/emit/group_shape.hpp"
#include "plan/fuse/fusible.hpp"
#include "plan/kinds.hpp"

namespace capstan::plan {

namespace {

constexpr std::uint32_t most_pinned = 8;  // tile buffers; more would leave the L1 cache

/// The numbers of a group's slots: operands and results have the first ones, tile buffers those from `first` on.
struct TileBuffers {
  std::uint32_t first = 0, end = 0;
  std::uint32_t pinned = 0;  ///< those that hold the same elements for every tile
  boost::container::small_vector<std::uint32_t, 16> free;

  std::uint32_t take() {
    if (free.empty()) return end++;
    const std::uint32_t slot = free.back();
    free.pop_back();
    return slot;
  }
  /// Frees the tile buffer of a value that an op is the last to read.
  void give_back(UseInGroup& x, std::uint32_t op) {
    if (x.slot < first || x.last_read != op || x.is_freed) return;
    x.is_freed = true;
    free.push_back(x.slot);
  }
};

FusedReduction fused_reduction(const Values& values, const FusibleReduction& reduction) {
  return {.folding = folding_of(*values.as<Fold>(reduction.value)),
          .extent = reduction.extent,
          .node = values[reduction.value].node,
          .slot = 0,
          .output = 0,
          .partial_offset = 0,
          .tree_offset = 0,
          .edges_offset = 0,
          .kind = reduction.kind,
          .spans = false,
          .is_recomputed = values[reduction.value].is_recomputed};
}

struct Members {
  boost::container::small_vector<ValueId, 16> ops;
  boost::container::small_vector<ValueId, 2> reductions;
  boost::container::small_vector<FusedReduction, 2> fused;  ///< per reduction
};

Members members_of(const Program& program, const Step& step) {
  Members members;
  for (std::uint32_t i = step.first_member; i < step.first_member + step.member_count; ++i) {
    const ValueId v = program.units.members[i];
    if (const Fold* const fold = program.values.as<Fold>(v)) {
      members.reductions.push_back(v);
      members.fused.push_back(fused_reduction(program.values, fusible_reduction_of(program.values, v, *fold).value()));
    } else {
      members.ops.push_back(v);
    }
  }
  return members;
}

class GroupEmitter {
 public:
  GroupEmitter(Emission& emission, const Step& step)
      : emission_{emission},
        values_{emission.values()},
        groups_{emission.plan().groups},
        shape_{*values_[emission.program().units.members[step.first_member]].shape},
        operands_{operands_of_group(emission.program(), step, shape_)},
        members_{members_of(emission.program(), step)} {
    group_.count = shape_.elements();
    group_.element_size = size_of(values_[members_.ops.front()].dtype);
  }

  Instruction emit(const Step& step, bool is_streamed) {
    find_uses();
    const std::span<FusedReduction> reductions{members_.fused.data(), members_.fused.size()};
    const auto& extents = operands_.axes.extents;
    shape_tiles(group_, reductions, extents.size(), extents.empty() ? 0 : extents.back());
    shape_parts(group_, reductions, step.member_count, is_streamed);
    Instruction made = emission_.begin(step);
    made.detail = static_cast<std::uint32_t>(groups_.groups.size());
    number_slots();
    group_.first_step = static_cast<std::uint32_t>(groups_.steps.size());
    group_.first_strided = static_cast<std::uint32_t>(groups_.strided.size());
    for (const ValueId v : members_.ops) add_op(v);
    group_.step_count = op_count();
    group_.strided_count = static_cast<std::uint32_t>(groups_.strided.size()) - group_.first_strided;
    add_reductions();
    add_pointers(made);
    add_scratch(made, step.computes);
    groups_.groups.push_back(group_);
    return made;
  }

 private:
  UseInGroup& use(ValueId v) { return emission_.use(v); }
  bool leaves(ValueId v) const { return leaves_group(emission_.program(), v); }
  /// The ops of the group that are entered already.
  std::uint32_t op_count() const { return static_cast<std::uint32_t>(groups_.steps.size()) - group_.first_step; }

  /// Finds the last op that reads each value.
  void find_uses() {
    for (const ValueId v : members_.ops) use(v) = {};
    for (const ValueId v : members_.reductions) use(v) = {};
    for (std::uint32_t i = 0; i < operands_.list.size(); ++i) use(operands_.list[i].value) = {.operand = i};
    for (const ValueId v : members_.reductions) use(values_.inputs_of(v)[0]).last_read = none;  // after all ops
    for (std::uint32_t op = 0; op < members_.ops.size(); ++op) {
      for (const ValueId input : values_.inputs_of(members_.ops[op])) {
        if (use(input).last_read != none) use(input).last_read = op;
      }
    }
  }

  void number_slots() {
    slots_.end = static_cast<std::uint32_t>(operands_.list.size());
    for (std::uint32_t i = 0; i < operands_.list.size(); ++i) use(operands_.list[i].value).slot = i;
    for (const ValueId v : members_.ops) {
      if (leaves(v)) use(v).slot = slots_.end++;
    }
    for (FusedReduction& reduction : members_.fused) reduction.output = slots_.end++;
    slots_.first = slots_.end;
  }

  /// Enters a strided operand before the first op that reads it. Where no tile goes beyond a run of its elements, the op
  /// reads the operand itself, otherwise a tile buffer that it is gathered into.
  void place_strided(std::uint32_t index) {
    GroupOperand& operand = operands_.list[index];
    if (operand.lies != Lies::strided || operand.is_placed) return;
    operand.is_placed = true;
    const Strides& steps = operands_.axes.steps[operand.axes];
    const std::int64_t run = operands_.axes.extents.back();
    StridedOperand strided{
        .extents = operands_.axes.extents, .steps = steps, .pointer = index, .slot = index, .step = op_count()};
    operand.is_scalar = holds_tiles(group_, run) && steps.back() == 0;
    if (!holds_tiles(group_, run)) {
      UseInGroup& x = use(operand.value);
      const bool same =
          begins_tiles(group_, run) && std::all_of(steps.begin(), steps.end() - 1, [](auto step) { return step == 0; });
      strided.once = same && slots_.pinned < most_pinned;
      // A tile buffer that another value had before is written for each tile.
      strided.slot = x.slot = strided.once ? slots_.end++ : slots_.take();
      if (strided.once) x.last_read = none;
      slots_.pinned += strided.once ? 1 : 0;
    }
    groups_.strided.push_back(strided);
  }

  void add_op(ValueId v) {
    const auto inputs = values_.inputs_of(v);
    Plan& plan = emission_.plan();
    const std::uint32_t now = op_count();
    GroupStep step{.kernel = values_.as<Elementwise>(v)->kernel,
                   .node = values_[v].node,
                   .first_slot = static_cast<std::uint32_t>(groups_.slots.size()),
                   .first_word = static_cast<std::uint32_t>(plan.words.size()),
                   .input_count = values_[v].input_count,
                   .scalars = 0,
                   .is_recomputed = values_[v].is_recomputed};
    plan.words.append(values_.words_of(v));
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
      const UseInGroup& x = use(inputs[i]);
      if (x.operand != none) place_strided(x.operand);
      groups_.slots.push_back(x.slot);
      if (x.operand != none && operands_.list[x.operand].is_scalar) step.scalars |= 1u << i;
    }
    for (const ValueId input : inputs)
      slots_.give_back(use(input), now);  // the result may take the tile buffer of an input
    if (use(v).slot == none) use(v).slot = slots_.take();
    groups_.slots.push_back(use(v).slot);
    groups_.steps.push_back(step);
    use(v).written = now;
  }

  void add_reductions() {
    group_.first_reduction = static_cast<std::uint32_t>(groups_.reductions.size());
    group_.reduction_count = static_cast<std::uint32_t>(members_.fused.size());
    for (std::size_t i = 0; i < members_.fused.size(); ++i) {
      members_.fused[i].slot = use(values_.inputs_of(members_.reductions[i])[0]).slot;
      groups_.reductions.push_back(members_.fused[i]);
    }
  }

  void add_pointers(Instruction& made) {
    const PodVector<Location>& locations = emission_.program().steps.locations;
    group_.first_moving = static_cast<std::uint32_t>(groups_.moving.size());
    for (std::uint32_t i = 0; i < operands_.list.size(); ++i) {
      const GroupOperand& operand = operands_.list[i];
      const bool as_tiles = operand.lies == Lies::as_tiles;
      const bool exact = as_tiles && operand.at.offset == 0 && *values_[operand.value].shape == shape_;
      if (as_tiles) groups_.moving.push_back(i);
      emission_.point(made, operand.at, exact ? use(operand.value).last_read : none);
    }
    for (const ValueId v : members_.ops) {
      if (!leaves(v)) continue;
      groups_.moving.push_back(use(v).slot);
      emission_.point(made, locations[v], use(v).written);
    }
    for (const ValueId v : members_.reductions) emission_.point(made, locations[v]);
    group_.moving_count = static_cast<std::uint32_t>(groups_.moving.size()) - group_.first_moving;
  }

  /// Tile buffers and scratch are one buffer.
  void add_scratch(Instruction& made, ValueId last) {
    group_.first_tile_buffer = slots_.first;
    group_.scratch = slots_.end;
    group_.pointer_count = slots_.end + 1;
    const std::span<FusedReduction> reductions{groups_.reductions.data() + group_.first_reduction,
                                               group_.reduction_count};
    const GroupScratch laid = lay_scratch(group_, reductions, slots_.end - slots_.first, emission_.threads());
    const std::uint32_t scratch = emission_.add_scratch(laid.bytes, last);
    for (const std::size_t offset : laid.tile_buffers) {
      emission_.point(made, {.buffer = scratch, .offset = static_cast<std::int64_t>(offset)});
    }
    emission_.point(made, {.buffer = scratch});
  }

  Emission& emission_;
  const Values& values_;
  Groups& groups_;
  const Shape& shape_;
  GroupOperands operands_;
  Members members_;
  Group group_{};
  TileBuffers slots_;
};

}  // namespace

Instruction emit_group(Emission& emission, const Step& step, bool is_streamed) {
  return GroupEmitter{emission, step}.emit(step, is_streamed);
}

}  // namespace capstan::plan
