#include "plan/emit/emission.hpp"

#include <algorithm>
#include <utility>

namespace capstan::plan {

namespace {

/// The nodes of all values that are computed, ascending, each once.
PodVector<NodeId> computed_nodes(const Values& values) {
  PodVector<NodeId> nodes;
  nodes.reserve(values.size());
  bool recomputes = false;
  for (const Value& value : values.all) {
    if (!value.is_source) nodes.push_back(value.node);
    recomputes = recomputes || value.is_recomputed;
  }
  if (!recomputes) return nodes;
  std::sort(nodes.begin(), nodes.end());
  nodes.resize(static_cast<std::size_t>(std::unique(nodes.begin(), nodes.end()) - nodes.begin()));
  return nodes;
}

}  // namespace

Emission::Emission(Program& program, Draft& draft)
    : program_{program}, draft_{draft}, buffer_bytes_{program.steps.buffer_bytes} {
  const PlanRequest& request = *program.request;
  draft_.is_bounded = request.budget != SIZE_MAX;
  draft_.buffers = std::move(program.steps.buffers);
  Plan& plan = draft_.plan;
  plan.externals = std::move(program.steps.externals);
  plan.wanted.assign(request.wanted.begin(), request.wanted.end());
  plan.keep_version = request.recording.keep_version;
  plan.threads = request.threads;
  plan.backward = request.backward;
  plan.computed = computed_nodes(program.values);
  plan.region_bytes[static_cast<std::size_t>(Region::scalars)] = program.steps.scalar_bytes;
  const std::size_t pointers = program.steps.operands.size() + 3 * program.steps.all.size();
  plan.places.reserve(pointers);
  draft.targets.reserve(pointers);
  plan.instructions.reserve(program.steps.all.size());
  uses_.resize(program.values.size());
}

Instruction Emission::begin(const Step& step) const {
  const Value& value = values()[step.computes];
  return {.node = value.node,
          .op = value.op,
          .first_pointer = static_cast<std::uint32_t>(draft_.plan.places.size()),
          .input_count = step.operand_count,
          .pointer_count = 0,
          .detail = 0,
          .first_word = static_cast<std::uint32_t>(draft_.plan.words.size()),
          .word_count = value.word_count,
          .kind = step.kind,
          .accumulate = step.accumulates,
          .is_recomputed = value.is_recomputed};
}

void Emission::point(Instruction& made, const Location& at, std::uint32_t turn) {
  Plan& plan = draft_.plan;
  if (at.buffer == none) {
    plan.external.push_back(static_cast<std::uint32_t>(plan.places.size()));
  } else if (Buffer& buffer = draft_.buffers[at.buffer]; buffer.last_use != none) {
    buffer.last_use = static_cast<std::uint32_t>(plan.instructions.size());
  }
  plan.places.push_back({at.offset, at.base});
  draft_.targets.push_back({at.buffer, turn});
  ++made.pointer_count;
}

void Emission::point_all(Instruction& made, const Step& step) {
  for (const Operand& x : program_.steps.operands_of(step)) point(made, x.at);
  point(made, step.to.at);
}

void Emission::point_scratch(Instruction& made, std::size_t bytes, ValueId computed) {
  point(made, {.buffer = add_scratch(bytes, computed)});
}

std::uint32_t Emission::add_scratch(std::size_t bytes, ValueId computed) {
  return add_buffer(program_, draft_.buffers, buffer_bytes_, bytes, computed);
}

void Emission::finish() {
  const auto bytes = [this](ValueId v) { return static_cast<std::size_t>(values()[v].bytes()); };
  for (const Operand& output : program_.steps.outputs) {
    draft_.plan.outputs.push_back({values()[output.value].node, output.at.offset, bytes(output.value)});
    draft_.output_buffers.push_back(output.at.buffer);
  }
  for (const ValueId v : program_.steps.scalars) {
    const Buffer& buffer = draft_.buffers[program_.steps.locations[v].buffer];
    draft_.plan.scalars.push_back({values()[v].node, offset_in(Region::scalars, buffer.offset), bytes(v)});
  }
}

}  // namespace capstan::plan
