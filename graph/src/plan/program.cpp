#include "plan/program.hpp"

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/storage.hpp>

namespace capstan::plan {

Layout layout_of(const Program& program, const Operand& x) {
  const Shape& shape = *program.values[x.value].shape;
  return {0, shape, x.at.strides == none ? row_major(shape) : program.steps.strides[x.at.strides]};
}

Array array_of(const Program& program, const Operand& x) {
  const Layout lies = layout_of(program, x);
  return {nullptr, program.values[x.value].dtype, lies.shape, lies.strides};
}

std::uint32_t add_buffer(const Program& program, PodVector<Buffer>& buffers, std::size_t& total, std::size_t bytes,
                         ValueId value) {
  total = add_sizes(total, aligned(bytes));
  if (total >= static_cast<std::size_t>(region_span))
    refuse_bytes(program.request->recording, program.values[value].node);
  buffers.push_back({.bytes = bytes});
  return static_cast<std::uint32_t>(buffers.size() - 1);
}

void check_bytes(const Program& program) {
  constexpr std::int64_t most = INT64_MAX / 4;
  std::int64_t bytes = 0;
  for (const Value& value : program.values.all) {
    if (value.bytes() > most - bytes) refuse_bytes(program.request->recording, value.node);
    bytes += value.bytes();
  }
}

void refuse_bytes(const Recording& recording, NodeId id) {
  const Node& node = recording.nodes[id];
  throw ShapeError{
      fmt::format("{}: what is computed together has more bytes than 63 bits count, with this result of shape {} of {}"
                  "\n  at {}",
                  node.op->name(), *node.shape, node.dtype, capstan::place(recording.line(id)))};
}

}  // namespace capstan::plan
