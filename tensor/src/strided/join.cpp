#include <capstan/tensor/strided/join.hpp>

#include <array>

#include <capstan/tensor/strided/axes.hpp>

namespace capstan {

namespace {

/// Writes the steps of an operand along the axes of the shape that it is broadcast to, `stride` apart.
void write_steps(const Layout& operand, const Shape& shape, std::size_t stride, std::int64_t* steps) {
  const std::size_t lead = shape.rank() - operand.shape.rank();
  const std::int64_t *const extents = operand.shape.begin(), *const strides = operand.strides.data();
  for (std::size_t i = 0; i < shape.rank(); ++i, steps += stride)
    *steps = i < lead || extents[i - lead] == 1 ? 0 : strides[i - lead];
}

}  // namespace

JoinedAxes join_axes(const Shape& shape, std::span<const Layout> operands) {
  using Axis = AxisOf<std::span<std::int64_t>>;
  const std::size_t count = operands.size();
  boost::container::small_vector<std::int64_t, 4 * max_rank> steps(shape.rank() * count,
                                                                   boost::container::default_init);
  for (std::size_t k = 0; k < count; ++k) write_steps(operands[k], shape, count, steps.data() + k);
  std::array<Axis, max_rank> axes;
  std::size_t size = 0;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (shape.begin()[i] != 1) axes[size++] = {shape.begin()[i], {steps.data() + i * count, count}, false};
  }
  size = join_axes(std::span<Axis>{axes.data(), size});
  JoinedAxes joined;
  joined.extents.resize(size, boost::container::default_init);
  joined.steps.resize(count);
  for (Strides& of_operand : joined.steps) of_operand.resize(size, boost::container::default_init);
  for (std::size_t i = 0; i < size; ++i) {  // outermost first
    const Axis& axis = axes[size - 1 - i];
    joined.extents[i] = axis.extent;
    for (std::size_t k = 0; k < count; ++k) joined.steps[k][i] = axis.steps[k];
  }
  return joined;
}

bool is_walkable(const Shape& shape, const Strides& strides) {
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (shape[i] != 1) return strides[i] == 0 || strides[i] == 1;
  }
  return true;
}

}  // namespace capstan
