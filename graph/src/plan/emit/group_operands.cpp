#include "plan/emit/group_operands.hpp"

namespace capstan::plan {

namespace {

bool is_one_element(const Program& program, const Operand& x) {
  const Shape& shape = *program.values[x.value].shape;
  if (x.at.strides == none) return shape.elements() == 1;
  const Strides& strides = program.steps.strides[x.at.strides];
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] != 1 && strides[i] != 0) return false;
  }
  return true;
}

}  // namespace

Lies lies_of(const Program& program, const Operand& x, std::int64_t count) {
  if (count == 0) return Lies::scalar;
  if (x.at.strides == none && program.values[x.value].shape->elements() == count) return Lies::as_tiles;
  return is_one_element(program, x) ? Lies::scalar : Lies::strided;
}

GroupOperands operands_of_group(const Program& program, const Step& group, const Shape& shape) {
  GroupOperands operands;
  boost::container::small_vector<Layout, 4> layouts;
  for (const Operand& x : program.steps.operands_of(group)) {
    const Lies lies = lies_of(program, x, shape.elements());
    GroupOperand& entered = operands.list.emplace_back(
        GroupOperand{.value = x.value, .at = x.at, .lies = lies, .is_scalar = lies == Lies::scalar});
    if (lies != Lies::strided) continue;
    entered.axes = static_cast<std::uint32_t>(layouts.size());
    layouts.push_back(layout_of(program, x));
  }
  layouts.push_back({0, shape, row_major(shape)});
  operands.axes = join_axes(shape, {layouts.data(), layouts.size()});
  return operands;
}

}  // namespace capstan::plan
