#include "inspect/trace.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include <boost/container/static_vector.hpp>

namespace capstan {

namespace {

std::int64_t covered(std::span<const std::int64_t> extents, std::span<const std::int64_t> strides) {
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < extents.size(); ++i) elements *= strides[i] == 0 && extents[i] > 0 ? 1 : extents[i];
  return elements;
}

std::int64_t covered_by_factor(const kernels::ProductLayout& product, std::uint32_t input) {
  const bool is_a = input == 0;
  boost::container::static_vector<std::int64_t, max_rank + 2> extents{is_a ? product.m : product.k,
                                                                      is_a ? product.k : product.n};
  boost::container::static_vector<std::int64_t, max_rank + 2> steps{is_a ? product.a_row : product.b_depth,
                                                                    is_a ? product.a_depth : product.b_column};
  for (const kernels::ProductLayout::StackAxis& axis : product.stack) {
    extents.push_back(axis.extent);
    steps.push_back(is_a ? axis.a_step : axis.b_step);
  }
  return covered({extents.data(), extents.size()}, {steps.data(), steps.size()}) *
         static_cast<std::int64_t>(size_of(product.dtype));
}

}  // namespace

Trace::Trace(const Recording& recording, const Plan& plan) : recording_{recording}, plan_{plan} {
  for (const Instruction& made : plan.instructions) {
    for (const Instruction& part : parts_of(plan, made)) instructions_.push_back(part);
  }
  Lying lying;
  reads_.resize(instructions_.size());
  for (std::size_t i = 0; i < instructions_.size(); ++i) run(i, lying);
}

void Trace::run(std::size_t i, Lying& lying) {
  const Instruction& made = instructions_[i];
  for (std::uint32_t p = 0; p < made.input_count; ++p) {
    const Place& from = place_of(made, p);
    const std::int64_t bytes = covered_bytes(made, p);
    if (from.base != 0) {
      reads_[i].push_back({plan_.externals[from.base - 1].node, bytes});
    } else {
      read(i, lying, from.offset, bytes);
    }
  }
  for (const auto& [id, pointer] : outputs(made)) {
    const std::int64_t offset = place_of(made, pointer).offset, end = offset + bytes_of(id);
    if (made.accumulate) read(i, lying, offset, bytes_of(id));
    lying.erase(lying.lower_bound(offset), lying.lower_bound(end));
    if (end > offset) lying[offset] = written_.size();
    written_.push_back({id, i, offset, {}});
  }
}

/// Notes that instruction i reads `bytes` bytes of the value that is stored at the offset.
void Trace::read(std::size_t i, const Lying& lying, std::int64_t offset, std::int64_t bytes) {
  const auto next = lying.upper_bound(offset);
  if (next == lying.begin()) return;
  Written& value = written_[std::prev(next)->second];
  if (value.readers.empty() || value.readers.back() != i) value.readers.push_back(i);
  reads_[i].push_back({value.node, bytes});
}

/// The nodes that an instruction writes, each with its pointer.
std::vector<std::pair<NodeId, std::uint32_t>> Trace::outputs(const Instruction& made) const {
  if (made.kind != Instruction::Kind::group) return {{made.node, made.input_count}};
  std::vector<std::pair<NodeId, std::uint32_t>> found;
  const Group& g = plan_.groups.groups[made.detail];
  for (std::uint32_t s = g.first_step; s < g.first_step + g.step_count; ++s) {
    const GroupStep& step = plan_.groups.steps[s];
    const std::uint32_t slot = plan_.groups.slots[step.first_slot + step.input_count];
    if (slot < g.first_tile_buffer) found.emplace_back(step.node, slot);
  }
  for (std::uint32_t c = g.first_reduction; c < g.first_reduction + g.reduction_count; ++c)
    found.emplace_back(plan_.groups.reductions[c].node, plan_.groups.reductions[c].output);
  return found;
}

/// The bytes of the underlying value that an input covers.
std::int64_t Trace::covered_bytes(const Instruction& made, std::uint32_t input) const {
  if (made.kind == Instruction::Kind::product) return covered_by_factor(plan_.products[made.detail].layout(), input);
  if (made.kind != Instruction::Kind::group) {
    const Array& x =
        made.kind == Instruction::Kind::fold ? plan_.folds[made.detail].x : plan_.arrays[made.detail + input];
    return covered(x.shape.extents(), {x.strides.data(), x.strides.size()}) *
           static_cast<std::int64_t>(size_of(x.dtype));
  }
  const Group& g = plan_.groups.groups[made.detail];
  const auto size = static_cast<std::int64_t>(g.element_size);
  for (std::uint32_t s = g.first_strided; s < g.first_strided + g.strided_count; ++s) {
    const StridedOperand& x = plan_.groups.strided[s];
    if (x.pointer == input)
      return covered({x.extents.data(), x.extents.size()}, {x.steps.data(), x.steps.size()}) * size;
  }
  return plan_.groups.moves(g, input) ? g.count * size : size;
}

}  // namespace capstan
