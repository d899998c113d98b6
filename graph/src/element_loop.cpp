#include "element_loop.hpp"

#include <array>
#include <cassert>

#include <boost/container/small_vector.hpp>

namespace capstan {

namespace {

/// Steps of an input along the axes of the output's shape, in elements; 0 where it is broadcast.
Strides broadcast_strides(const Layout& input, const Shape& shape) {
  Strides steps(shape.rank(), 0);
  const std::size_t lead = shape.rank() - input.shape.rank();
  for (std::size_t i = 0; i < input.shape.rank(); ++i) {
    if (input.shape[i] != 1) steps[lead + i] = input.strides[i];
  }
  return steps;
}

/// The axes that are left when extents of 1 are dropped and neighbours are joined wherever every operand allows it.
struct Axes {
  boost::container::static_vector<std::int64_t, max_rank> extents;
  std::vector<Strides> steps;  ///< of each operand
};

Axes join_axes(const Shape& shape, const std::vector<Strides>& steps) {
  Axes axes;
  axes.steps.resize(steps.size());
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

}  // namespace

bool is_walkable(const Shape& shape, const Strides& strides) {
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (shape[i] != 1) return strides[i] == 0 || strides[i] == 1;
  }
  return true;
}

ElementLoop make_element_loop(const Shape& shape, std::span<const Layout> inputs, std::size_t element_size) {
  std::vector<Strides> steps;
  for (const Layout& input : inputs) steps.push_back(broadcast_strides(input, shape));
  steps.push_back(row_major(shape));
  Axes axes = join_axes(shape, steps);

  ElementLoop loop;
  loop.outer.resize(steps.size());
  if (axes.extents.empty()) return loop;
  loop.run = axes.extents.back();
  axes.extents.pop_back();
  loop.extents = axes.extents;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const std::int64_t inner = axes.steps[k].back();
    assert(inner == 0 || inner == 1);
    if (inner == 0) loop.scalars |= 1u << k;
    axes.steps[k].pop_back();
    for (const std::int64_t step : axes.steps[k])
      loop.outer[k].push_back(step * static_cast<std::int64_t>(element_size));
  }
  return loop;
}

void run_element_loop(const ElementLoop& loop, ElementwiseKernel kernel, void* const* pointers, const Word* words) {
  const std::size_t operands = loop.outer.size(), axes = loop.extents.size();
  boost::container::small_vector<std::byte*, 16> at(operands);
  boost::container::small_vector<const void*, 16> in(operands - 1);
  for (std::size_t k = 0; k < operands; ++k) at[k] = static_cast<std::byte*>(pointers[k]);
  std::array<std::int64_t, max_rank> position{};
  while (true) {
    for (std::size_t k = 0; k + 1 < operands; ++k) in[k] = at[k];
    kernel(loop.run, at[operands - 1], in.data(), loop.scalars, words);
    std::size_t axis = axes;
    for (;;) {
      if (axis == 0) return;
      --axis;
      for (std::size_t k = 0; k < operands; ++k) at[k] += loop.outer[k][axis];
      if (++position[axis] < loop.extents[axis]) break;
      for (std::size_t k = 0; k < operands; ++k) at[k] -= loop.outer[k][axis] * loop.extents[axis];
      position[axis] = 0;
    }
  }
}

}  // namespace capstan
