#include <capstan/tensor/strided/join.hpp>

namespace capstan {

namespace {

/// Steps of an operand along the axes of `shape`; 0 where it is broadcast.
Strides broadcast_steps(const Layout& operand, const Shape& shape) {
  Strides steps(shape.rank(), 0);
  const std::size_t lead = shape.rank() - operand.shape.rank();
  for (std::size_t i = 0; i < operand.shape.rank(); ++i) {
    if (operand.shape[i] != 1) steps[lead + i] = operand.strides[i];
  }
  return steps;
}

}  // namespace

JoinedAxes join_axes(const Shape& shape, std::span<const Layout> operands) {
  boost::container::small_vector<Strides, 4> steps;
  for (const Layout& operand : operands) steps.push_back(broadcast_steps(operand, shape));
  JoinedAxes axes;
  axes.steps.resize(operands.size());
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    bool joins = !axes.extents.empty();
    for (std::size_t k = 0; k < steps.size() && joins; ++k) joins = axes.steps[k].back() == steps[k][i] * shape[i];
    if (joins) {
      axes.extents.back() *= shape[i];
    } else {
      axes.extents.push_back(shape[i]);
    }
    for (std::size_t k = 0; k < steps.size(); ++k) {
      if (joins) axes.steps[k].pop_back();
      axes.steps[k].push_back(steps[k][i]);
    }
  }
  return axes;
}

bool is_walkable(const Shape& shape, const Strides& strides) {
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (shape[i] != 1) return strides[i] == 0 || strides[i] == 1;
  }
  return true;
}

}  // namespace capstan
