#include "plan/planner.hpp"

#include <algorithm>
#include <array>

#include <boost/container/small_vector.hpp>

#include <capstan/kernels/fold/fold.hpp>

#include "plan/kinds.hpp"
#include "plan/recompute/recompute.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

Plan plan_again(const PlanRequest& request, const Work& work, const Again& again) {
  const Rewrite rewrite = rewrite_again(request, work, again);
  const PlanRequest rewritten = rewrite.request();
  return rewrite.restore(Planner{rewritten, find_work(rewritten)}.make());
}

Plan plan_for_time(const PlanRequest& request) {
  Work work = find_work(request);
  const Again cheap = recompute_cheap(request, work);
  return cheap.empty() ? Planner{request, std::move(work)}.make() : plan_again(request, work, cheap);
}

/// The one that computes the fewest values again, of those that fit, or else the smallest.
Plan plan_for_memory(const PlanRequest& request, Plan smallest) {
  constexpr int patience = 6;
  int without_gain = 0;
  for (const Saving& saving : savings()) {
    const Work work = find_work(request);  // a rewrite's positions took the place of its own
    const Again again = recompute_for_memory(request, work, saving);
    if (again.empty()) continue;
    Plan plan = plan_again(request, work, again);
    without_gain = plan.block_bytes() < smallest.block_bytes() ? 0 : without_gain + 1;
    if (without_gain == 0) smallest = std::move(plan);
    if (smallest.block_bytes() <= request.budget || without_gain == patience) break;
  }
  return smallest;
}

}  // namespace

Plan make_plan(const PlanRequest& request) {
  Plan plan = plan_for_time(request);
  if (plan.block_bytes() <= request.budget) return plan;
  PlanRequest without_streams = request;
  without_streams.may_stream = false;
  if (!plan.streams.empty()) plan = plan_for_time(without_streams);
  return plan.block_bytes() <= request.budget ? std::move(plan) : plan_for_memory(without_streams, std::move(plan));
}

Plan Planner::make() {
  const PodVector<NodeId>& needed = work_.needed;
  for (const NodeId id : needed) {
    if (!work_.is_source[at(id)]) plan_.computed.push_back(id);
  }
  values_.assign(needed.size(), Value{});
  in_group_.assign(needed.size(), InGroup{});
  is_addend_.assign(needed.size(), false);
  for (const NodeId addend : work_.fusion.addend) {
    if (addend != no_node) is_addend_[at(addend)] = true;
  }
  plan_.wanted.assign(request_.wanted.begin(), request_.wanted.end());
  plan_.keep_version = recording_.keep_version;
  plan_.threads = request_.threads;
  plan_.backward = request_.backward;
  for (const NodeId id : needed) {
    if (work_.is_source[at(id)]) emit_source(id);
  }
  std::uint32_t begin = 0;
  for (const std::uint32_t end : work_.fusion.unit_end) {
    emit_unit({work_.fusion.nodes.data() + begin, end - begin});
    begin = end;
  }
  assign_offsets();
  resolve();
  return std::move(plan_);
}

void Planner::emit_source(NodeId id) {
  const Node& n = node(id);
  if (is_number(*n.op)) {
    value(id) = external(External::Kind::number, id);
  } else if (is_leaf(*n.op)) {
    value(id) = external(External::Kind::leaf, id);
    set_strides(value(id), *n.shape, leaf_strides(recording_.words_of(n)));
  } else {
    value(id) = external(External::Kind::value, id);
  }
}

void Planner::emit_unit(std::span<const NodeId> unit) {
  const NodeId id = unit.front();
  const Node& n = node(id);
  if (is_addend_[at(id)]) return;  // made with the addition
  if (const NodeId addend = work_.fusion.addend[at(id)]; addend != no_node) {
    const auto operands = recording_.inputs(n);
    emit_product(id, addend, value(operands[0] == addend ? operands[1] : operands[0]), true);
  } else if (as<View>(id) != nullptr) {
    emit_view(id, n);
  } else if (as<Elementwise>(id) != nullptr) {
    emit_group(unit);
  } else if (as<Fold>(id) != nullptr) {
    emit_fold(id);
  } else if (as<Contraction>(id) != nullptr) {
    emit_product(id, id, {.buffer = new_buffer(id)}, false);
  } else {
    emit_call(id);
  }
  for (const NodeId member : unit) {
    if (is_output(member)) {
      emit_output(member);
    } else if (is_single(member) && !node(member).view) {
      plan_.singles.push_back(
          {member, offset_in(Region::singles, buffers_[value(member).buffer].offset), bytes_of(member)});
    }
  }
}

/// A view that the input's strides do not allow is one of a row-major copy, whose strides allow every view.
void Planner::emit_view(NodeId id, const Node& n) {
  const NodeId input = recording_.inputs(n)[0];
  Value from = value(input);
  const View& view = *as<View>(id);
  std::optional<Layout> result = view.through(layout(input, from), *n.shape, recording_.words_of(n));
  if (!result) {
    from = emit_copy(input, from);
    result = view.through(layout(input, from), *n.shape, recording_.words_of(n));
  }
  const Layout& lies = result.value();
  // An empty view lies nowhere, and offsets within it need not fit.
  if (n.shape->elements() > 0) from.offset += lies.offset * static_cast<std::int64_t>(size_of(n.dtype));
  set_strides(from, *n.shape, lies.strides);
  value(id) = from;
}

void Planner::emit_fold(NodeId id) {
  const Value out{.buffer = new_buffer(id)};
  const NodeId input = recording_.inputs(node(id))[0];
  const Value from = value(input);
  const FoldTask fold{folding_of(*as<Fold>(id)), array(input, from), array(id, out)};
  instruction(id, Instruction::Kind::fold).detail = static_cast<std::uint32_t>(plan_.folds.size());
  plan_.folds.push_back(fold);
  point_all({&from, 1}, out, kernels::reduce_scratch(fold.folding, fold.x, fold.y, request_.threads), id);
  value(id) = out;
}

void Planner::emit_product(NodeId id, NodeId of, const Value& out, bool accumulate) {
  const auto inputs = recording_.inputs(node(of));
  const Contraction& product = *as<Contraction>(of);
  const std::array values{factor(inputs[0], product.a), factor(inputs[1], product.b)};
  const kernels::ProductTask task =
      product_task(product, array(inputs[0], values[0]), array(inputs[1], values[1]), request_.threads);
  const auto stream = accumulate ? std::nullopt : find_stream(task, values);
  Instruction& made = instruction(of, Instruction::Kind::product);
  made.node = id;
  made.accumulate = accumulate;
  made.detail = static_cast<std::uint32_t>(plan_.products.size());
  plan_.products.push_back(task);
  point_all(values, out, stream ? stream->scratch_bytes : task.scratch_bytes(), of);
  if (stream) add_stream(*stream);
  value(id) = out;
}

Planner::Value Planner::factor(NodeId input, const Contraction::Factor& lies) {
  const Value& from = value(input);
  if (takes_any_layout(lies, node(input).shape->rank())) return from;
  const Layout at = layout(input, from);
  return takes_layout(lies, at.shape, at.strides) ? from : emit_copy(input, from, strides_of_copy(lies, at.shape));
}

void Planner::emit_call(NodeId id) {
  const Value out{.buffer = new_buffer(id)};
  const Call& call = *as<Call>(id);
  const auto inputs = recording_.inputs(node(id));
  boost::container::small_vector<Value, 4> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& x = value(inputs[i]);
    const bool takes = x.strides == none || (i < call.takes.size() && call.takes[i] == Call::Takes::any);
    values.push_back(takes ? x : emit_copy(inputs[i], x));
  }
  Instruction& made = instruction(id, Instruction::Kind::call);
  made.detail = static_cast<std::uint32_t>(plan_.arrays.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) plan_.arrays.push_back(array(inputs[i], values[i]));
  plan_.arrays.push_back(array(id, out));
  point_all({values.data(), values.size()}, out, call.scratch_bytes, id);
  value(id) = out;
}

void Planner::point_all(std::span<const Value> inputs, const Value& out, std::size_t scratch, NodeId id) {
  for (const Value& input : inputs) point(input);
  point(out);
  point({.buffer = new_buffer(scratch, id)});
}

Planner::Value Planner::emit_copy(NodeId id, const Value& from) {
  return emit_copy(id, from, row_major(*node(id).shape));
}

Planner::Value Planner::emit_copy(NodeId id, const Value& from, const Strides& strides) {
  Value to{.buffer = new_buffer(id)};
  set_strides(to, *node(id).shape, strides);
  Instruction& made = instruction(id, Instruction::Kind::copy);
  made.input_count = 1;
  made.detail = static_cast<std::uint32_t>(plan_.arrays.size());
  plan_.arrays.push_back(array(id, from));
  plan_.arrays.push_back(array(id, to));
  point(from);
  point(to);
  return to;
}

/// What is read from outside must lie in the plan's memory, row-major, to the end, and an element by itself among the
/// singles. Of a view that is a copy, which nothing else in the plan reads.
void Planner::emit_output(NodeId id) {
  Value out = value(id);
  const bool apart = is_single(id) && out.buffer != none && buffers_[out.buffer].region != Region::singles;
  if (out.buffer == none || out.strides != none || apart) out = emit_copy(id, out);
  buffers_[out.buffer].last_use = none;
  plan_.outputs.push_back({id, out.offset, bytes_of(id)});
  output_buffers_.push_back(out.buffer);
}

Planner::Value Planner::external(External::Kind kind, NodeId id) {
  plan_.externals.push_back({kind, id});
  return {.base = static_cast<std::uint32_t>(plan_.externals.size())};
}

Layout Planner::layout(NodeId id, const Value& v) const {
  const Shape& shape = *node(id).shape;
  return {0, shape, v.strides == none ? row_major(shape) : strides_[v.strides]};
}

/// Row-major strides are not written down; nor do those of extents up to 1 matter.
void Planner::set_strides(Value& v, const Shape& shape, const Strides& strides) {
  const Strides expected = row_major(shape);
  v.strides = none;
  if (shape.elements() == 0) return;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1 || strides[i] == expected[i]) continue;
    v.strides = static_cast<std::uint32_t>(strides_.size());
    strides_.push_back(strides);
    return;
  }
}

Array Planner::array(NodeId id, const Value& v) const {
  const Layout lies = layout(id, v);
  return {nullptr, node(id).dtype, lies.shape, lies.strides};
}

Instruction& Planner::instruction(NodeId id, Instruction::Kind kind) {
  const Node& n = node(id);
  plan_.instructions.push_back({.node = id,
                                .op = n.op,
                                .first_pointer = static_cast<std::uint32_t>(plan_.places.size()),
                                .input_count = n.input_count,
                                .pointer_count = 0,
                                .detail = 0,
                                .first_word = static_cast<std::uint32_t>(plan_.words.size()),
                                .word_count = n.word_count,
                                .kind = kind,
                                .accumulate = false,
                                .again = n.again,
                                .streams = false});
  if (kind == Instruction::Kind::call) plan_.words.append(recording_.words_of(n));
  return plan_.instructions[plan_.instructions.size() - 1];
}

/// The next pointer of the instruction made last.
void Planner::point(const Value& v, std::uint32_t turn) {
  if (v.buffer == none) {
    plan_.external.push_back(static_cast<std::uint32_t>(plan_.places.size()));
  } else if (buffers_[v.buffer].last_use != none) {
    buffers_[v.buffer].last_use = static_cast<std::uint32_t>(plan_.instructions.size() - 1);
  }
  plan_.places.push_back({v.offset, v.base});
  buffer_of_.push_back(v.buffer);
  turn_.push_back(turn);
  ++plan_.instructions[plan_.instructions.size() - 1].pointer_count;
}

/// All buffers together fit a region, so that no offset wraps, however they are laid out.
std::uint32_t Planner::new_buffer(std::size_t bytes, NodeId id) {
  buffer_bytes_ = add_sizes(buffer_bytes_, aligned(bytes));
  if (buffer_bytes_ >= static_cast<std::size_t>(region_span)) refuse_bytes(recording_, id);
  buffers_.push_back({.bytes = bytes});
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

std::uint32_t Planner::new_buffer(NodeId id) {
  const std::uint32_t buffer = new_buffer(bytes_of(id), id);
  if (!is_single(id)) return buffer;
  std::size_t& singles = plan_.region_bytes[static_cast<std::size_t>(Region::singles)];
  buffers_[buffer].region = Region::singles;
  buffers_[buffer].offset = singles;
  singles += sizeof(Number);
  return buffer;
}

}  // namespace capstan
