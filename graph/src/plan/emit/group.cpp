// The planner's groups: what a row and a tile are, where operands lie, and which register each value has.

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include <capstan/tensor/strided/join.hpp>
#include "plan/emit/group_scratch.hpp"
#include "plan/emit/group_shape.hpp"
#include "plan/fuse/closing.hpp"
#include "plan/planner.hpp"

namespace capstan {

namespace {

constexpr std::uint32_t most_pinned = 8;  // registers; more would leave the nearest cache

}  // namespace

class GroupBuilder {
 public:
  GroupBuilder(Planner& planner, std::span<const NodeId> members)
      : planner_{planner}, groups_{planner.plan_.groups}, members_{members}, shape_{*planner.node(members[0]).shape} {
    group_.count = shape_.elements();
    group_.element_size = size_of(planner.node(members[0]).dtype);
    for (const NodeId id : members) {
      if (const Fold* const fold = planner.as<Fold>(id)) {
        closings_.push_back(closing_of(planner.recording_, *fold, id).value());
      } else {
        steps_.push_back(id);
      }
    }
  }

  void build() {
    find_operands();
    find_strided();
    shape();
    Instruction& made = planner_.instruction(members_.back(), Instruction::Kind::group);
    made.input_count = static_cast<std::uint32_t>(operands_.size());
    made.detail = static_cast<std::uint32_t>(groups_.groups.size());
    number_outputs();
    group_.first_step = static_cast<std::uint32_t>(groups_.steps.size());
    group_.first_strided = static_cast<std::uint32_t>(groups_.strided.size());
    for (const NodeId id : steps_) add_step(id);
    group_.step_count = static_cast<std::uint32_t>(groups_.steps.size()) - group_.first_step;
    group_.strided_count = static_cast<std::uint32_t>(groups_.strided.size()) - group_.first_strided;
    add_closings();
    add_pointers();
    groups_.groups.push_back(group_);
  }

 private:
  using Value = Planner::Value;
  static constexpr std::uint32_t none = Planner::none;

  enum class Lies : std::uint8_t { as_tiles, single, strided };

  struct Operand {
    NodeId node;
    Value value;
    Lies lies;
    std::uint32_t axes = none;  ///< strided: in axes_.steps
    bool single = false;        ///< one element serves a tile
    bool placed = false;        ///< strided: a step has asked for it
  };

  /// Of a node, while its group is built.
  Planner::InGroup& in_group(NodeId id) const { return planner_.in_group_[planner_.at(id)]; }
  const Node& node(NodeId id) const { return planner_.node(id); }
  std::span<const NodeId> inputs(NodeId id) const { return planner_.recording_.inputs(node(id)); }
  bool leaves(NodeId id) const {
    return planner_.work_.fusion.leaves_unit[planner_.at(id)] || planner_.is_output(id) || planner_.is_single(id);
  }

  /// What the group reads from outside, once each, and the last step that reads each value.
  void find_operands() {
    for (const NodeId id : members_) in_group(id) = {.group = this_group()};
    for (const Closing& closing : closings_) in_group(inputs(closing.node)[0]).last_read = none;  // after all steps
    std::uint32_t step = 0;
    for (const NodeId id : steps_) {
      for (const NodeId input : inputs(id)) {
        if (in_group(input).group != this_group()) {
          in_group(input) = {.group = this_group(), .operand = operand(input)};
        }
        if (in_group(input).last_read != none) in_group(input).last_read = step;
      }
      ++step;
    }
  }

  std::uint32_t this_group() const { return static_cast<std::uint32_t>(groups_.groups.size()) + 1; }

  std::uint32_t operand(NodeId id) {
    const Shape& shape = *node(id).shape;
    Value v = planner_.value(id);
    if (v.strides != none && !is_walkable(shape, planner_.strides_[v.strides])) v = planner_.emit_copy(id, v);
    const Lies lies = group_.count == 0                                       ? Lies::single
                      : v.strides == none && shape.elements() == group_.count ? Lies::as_tiles
                      : is_one_element(shape, v)                              ? Lies::single
                                                                              : Lies::strided;
    operands_.push_back({.node = id, .value = v, .lies = lies, .single = lies == Lies::single});
    return static_cast<std::uint32_t>(operands_.size() - 1);
  }

  /// That serves all, whatever shape it was broadcast to.
  bool is_one_element(const Shape& shape, const Value& v) const {
    if (v.strides == none) return shape.elements() == 1;
    const Strides& strides = planner_.strides_[v.strides];
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] != 1 && strides[i] != 0) return false;
    }
    return true;
  }

  void find_strided() {
    boost::container::small_vector<Layout, 4> layouts;
    for (Operand& operand : operands_) {
      if (operand.lies != Lies::strided) continue;
      operand.axes = static_cast<std::uint32_t>(layouts.size());
      layouts.push_back(planner_.layout(operand.node, operand.value));
    }
    layouts.push_back({0, shape_, row_major(shape_)});
    axes_ = join_axes(shape_, {layouts.data(), layouts.size()});
  }

  void shape() {
    const std::span<Closing> closings{closings_.data(), closings_.size()};
    shape_tiles(group_, closings, axes_.extents.size(), axes_.extents.empty() ? 0 : axes_.extents.back());
    shape_parts(group_, closings, members_.size(), is_flat() && planner_.may_stream(group_.count));
  }

  bool is_flat() const {
    return group_.row == group_.count &&
           std::all_of(operands_.begin(), operands_.end(), [](const Operand& x) { return x.lies != Lies::strided; }) &&
           std::all_of(closings_.begin(), closings_.end(),
                       [this](const Closing& closing) { return closing.extent == group_.count; });
  }

  void number_outputs() {
    next_slot_ = static_cast<std::uint32_t>(operands_.size());
    for (std::uint32_t i = 0; i < operands_.size(); ++i) in_group(operands_[i].node).slot = i;
    for (const NodeId id : steps_) {
      if (leaves(id)) in_group(id).slot = next_slot_++;
    }
    for (Closing& closing : closings_) closing.output = next_slot_++;
    first_register_ = next_slot_;
  }

  std::uint32_t take_register() {
    if (free_.empty()) return next_slot_++;
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  /// Before the first step that reads it.
  void place_strided(std::uint32_t index) {
    Operand& operand = operands_[index];
    if (operand.lies != Lies::strided || operand.placed) return;
    operand.placed = true;
    const Strides& steps = axes_.steps[operand.axes];
    const std::int64_t run = axes_.extents.back();
    StridedOperand strided{.extents = axes_.extents,
                           .steps = steps,
                           .pointer = index,
                           .slot = index,
                           .step = static_cast<std::uint32_t>(groups_.steps.size()) - group_.first_step};
    operand.single = holds_tiles(group_, run) && steps.back() == 0;
    if (!holds_tiles(group_, run)) {
      Planner::InGroup& x = in_group(operand.node);
      const bool same =
          begins_tiles(group_, run) && std::all_of(steps.begin(), steps.end() - 1, [](auto step) { return step == 0; });
      strided.once = same && pinned_ < most_pinned;
      strided.slot = x.slot = strided.once ? next_slot_++ : take_register();  // what was another's is written each tile
      if (strided.once) x.last_read = none;
      pinned_ += strided.once ? 1 : 0;
    }
    groups_.strided.push_back(strided);
  }

  void add_step(NodeId id) {
    const Node& n = node(id);
    const auto now = static_cast<std::uint32_t>(groups_.steps.size()) - group_.first_step;
    GroupStep step{.kernel = planner_.as<Elementwise>(id)->kernel,
                   .node = id,
                   .first_slot = static_cast<std::uint32_t>(groups_.slots.size()),
                   .first_word = static_cast<std::uint32_t>(planner_.plan_.words.size()),
                   .input_count = n.input_count,
                   .scalars = 0,
                   .again = n.again};
    planner_.plan_.words.append(planner_.recording_.words_of(n));
    for (std::uint32_t i = 0; i < n.input_count; ++i) {
      const Planner::InGroup& x = in_group(inputs(id)[i]);
      if (x.operand != none) place_strided(x.operand);
      groups_.slots.push_back(x.slot);
      if (x.operand != none && operands_[x.operand].single) step.scalars |= 1u << i;
    }
    for (const NodeId input : inputs(id)) {  // an output may take the register of an input
      Planner::InGroup& x = in_group(input);
      if (x.slot < first_register_ || x.last_read != now || x.freed) continue;
      x.freed = true;
      free_.push_back(x.slot);
    }
    if (in_group(id).slot == none) in_group(id).slot = take_register();
    groups_.slots.push_back(in_group(id).slot);
    groups_.steps.push_back(step);
    in_group(id).written = now;
  }

  void add_closings() {
    group_.first_closing = static_cast<std::uint32_t>(groups_.closings.size());
    group_.closing_count = static_cast<std::uint32_t>(closings_.size());
    for (Closing closing : closings_) {
      closing.slot = in_group(inputs(closing.node)[0]).slot;
      groups_.closings.push_back(closing);
    }
  }

  /// Registers and scratch are one buffer.
  void add_pointers() {
    group_.first_moving = static_cast<std::uint32_t>(groups_.moving.size());
    for (std::uint32_t i = 0; i < operands_.size(); ++i) {
      const bool as_tiles = operands_[i].lies == Lies::as_tiles;
      const bool exact = as_tiles && operands_[i].value.offset == 0 && *node(operands_[i].node).shape == shape_;
      if (as_tiles) groups_.moving.push_back(i);
      planner_.point(operands_[i].value, exact ? in_group(operands_[i].node).last_read : none);
    }
    for (const NodeId id : steps_) {
      if (!leaves(id)) continue;
      groups_.moving.push_back(in_group(id).slot);
      add_output(id, in_group(id).written);
    }
    for (const Closing& closing : closings_) add_output(closing.node, none);
    group_.moving_count = static_cast<std::uint32_t>(groups_.moving.size()) - group_.first_moving;

    add_scratch();
  }

  void add_scratch() {
    group_.first_register = first_register_;
    group_.scratch = next_slot_;
    group_.pointer_count = next_slot_ + 1;
    const std::span<Closing> closings{groups_.closings.data() + group_.first_closing, group_.closing_count};
    const GroupScratch laid = lay_scratch(group_, closings, next_slot_ - first_register_, planner_.request_.threads);
    const std::uint32_t scratch = planner_.new_buffer(laid.bytes, members_.back());
    for (const std::size_t offset : laid.registers) {
      planner_.point({.buffer = scratch, .offset = static_cast<std::int64_t>(offset)});
    }
    planner_.point({.buffer = scratch});
  }

  void add_output(NodeId id, std::uint32_t turn) {
    const Value out{.buffer = planner_.new_buffer(id)};
    planner_.point(out, turn);
    planner_.value(id) = out;
  }

  Planner& planner_;
  Groups& groups_;
  std::span<const NodeId> members_;
  boost::container::small_vector<NodeId, 16> steps_;
  boost::container::small_vector<Closing, 2> closings_;
  const Shape& shape_;
  Group group_{};
  boost::container::small_vector<Operand, 8> operands_;
  JoinedAxes axes_;
  boost::container::small_vector<std::uint32_t, 16> free_;  ///< registers
  std::uint32_t next_slot_ = 0;
  std::uint32_t pinned_ = 0;  ///< registers that hold one and the same for every tile
  std::uint32_t first_register_ = 0;
};

void Planner::emit_group(std::span<const NodeId> members) { GroupBuilder{*this, members}.build(); }

}  // namespace capstan
