#include "differentiate/differentiator.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include <capstan/graph/algebra.hpp>
#include <capstan/graph/rows.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/describe.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

/// Marks the results that must be copied, so that writing into one changes nothing else.
void mark_shared(GradientSegment& segment) {
  std::unordered_set<NodeId> seen;
  for (GradientSegment::Result& result : segment.results) {
    result.shared = result.gradient < segment.begin || !seen.insert(result.gradient).second;
  }
}

/// Appends the rows that the gradient is a sum of, in the order of the sum: it is a table of rows, or a sum of such. False
/// where it is anything else.
bool find_rows(const Recording& now, const GradientSegment& segment, NodeId gradient,
               std::vector<GradientSegment::Rows>& rows) {
  if (now.nodes[gradient].op != &scatter_rows() && now.nodes[gradient].op != &addition()) return false;
  const Shape* const table = now.nodes[gradient].shape;
  std::vector<NodeId> left{gradient};
  // A sum of sums that share summands could have more of them than there are nodes.
  for (NodeId steps = segment.begin; !left.empty(); ++steps) {
    const Node& node = now.nodes[left.back()];
    left.pop_back();
    const auto inputs = now.inputs(node);
    if (*node.shape != *table) return false;
    if (node.op == &scatter_rows()) {
      rows.push_back({inputs[0], inputs[1]});
    } else if (node.op == &addition() && steps < segment.end) {
      left.insert(left.end(), {inputs[1], inputs[0]});
    } else {
      return false;
    }
  }
  return true;
}

/// Marks the results whose gradients are sums of rows: those are computed without a table.
void mark_rows(const Recording& now, GradientSegment& segment) {
  for (GradientSegment::Result& result : segment.results) {
    result.first_rows = static_cast<std::uint32_t>(segment.rows.size());
    if (!find_rows(now, segment, result.gradient, segment.rows)) segment.rows.resize(result.first_rows);
    result.end_rows = static_cast<std::uint32_t>(segment.rows.size());
  }
}

Var record_sum(const Operand& a, const Operand& b, std::source_location where) {
  return record(addition(), {&a, &b}, {}, where);
}

}  // namespace

const GradientSegment& Differentiator::segment(NodeId y, NodeId x, NodeId dy, std::source_location where) {
  if (const GradientSegment* found = recorder_.now().segments.find(recorder_.head(), y, x, dy);
      found != nullptr && !found->may_change) {
    recorder_.pass(*found, where);
    return *found;
  }
  GradientSegment made = record(y, x, dy, where);
  return recorder_.now().segments.keep(std::move(made));  // a rule may have made another recording the current one
}

GradientSegment Differentiator::record(NodeId y, NodeId x, NodeId dy, std::source_location where) {
  const NodeId begin = recorder_.head();
  GradientSegment made{.y = y, .x = x, .dy = dy, .begin = begin, .end = begin, .results = {}, .origins = {}};
  Calls::Rules rules{recorder_.calls(), where};
  may_change_ = false;
  const NodeId cotangent = dy == no_node ? filled(1.0, recorder_.node(y).dtype, *recorder_.node(y).shape, where) : dy;
  made.origins.resize(recorder_.head() - begin, no_node);
  mark_reach(y, x);
  sweep(y, cotangent, rules, made);
  rules.next(where);
  if (x == no_node) {
    for (NodeId id = 0; id <= y; ++id) {
      if (is_wanted_leaf(*recorder_.node(id).op) && cotangents_[id] != no_node)
        made.results.push_back({id, cotangents_[id]});
    }
  } else if (x <= y && cotangents_[x] != no_node) {
    made.results.push_back({x, cotangents_[x]});
  } else {
    made.results.push_back({x, filled(0.0, recorder_.node(x).dtype, *recorder_.node(x).shape, where)});
  }
  mark_shared(made);
  made.end = recorder_.head();
  made.origins.resize(made.end - begin, no_node);
  if (x == no_node) mark_rows(recorder_.now(), made);
  made.may_change = may_change_;
  return made;
}

/// Records a value of this shape that has the number in every element.
NodeId Differentiator::filled(double value, DType dtype, const Shape& shape, std::source_location where) {
  const Shape wanted = shape;  // recording may move nodes
  const NodeId number = leaves_.number(value, dtype, where);
  if (wanted == Shape{}) return number;
  return record_broadcast_to(recorder_.var(number), wanted, where).id();
}

/// Marks the nodes up to y that depend on x, or on a leaf with a gradient if there is no x, and that have gradients.
void Differentiator::mark_reach(NodeId y, NodeId x) {
  reach_.assign(y + 1, false);
  for (NodeId id = 0; id <= y; ++id) {
    const Node& n = recorder_.node(id);
    if (!is_floating(n.dtype)) continue;
    bool reached = x == no_node ? is_wanted_leaf(*n.op) : id == x;
    for (const NodeId input : recorder_.now().inputs(n)) reached = reached || reach_[input];
    reach_[id] = reached;
  }
}

void Differentiator::sweep(NodeId y, NodeId cotangent, Calls::Rules& rules, GradientSegment& made) {
  cotangents_.assign(y + 1, no_node);
  if (!reach_[y]) return;
  cotangents_[y] = cotangent;
  for (NodeId id = y + 1; id-- > 0;) {
    if (cotangents_[id] == no_node || !reach_[id] || recorder_.node(id).input_count == 0) continue;
    apply_rule(id, rules);
    made.origins.resize(recorder_.head() - made.begin, id);
  }
}

void Differentiator::apply_rule(NodeId id, Calls::Rules& rules) {
  const auto node = [&]() -> const Node& { return recorder_.node(id); };  // recording may move it
  const auto input_of = [&](std::uint32_t i) { return recorder_.now().inputs(node())[i]; };
  const std::uint32_t count = node().input_count;
  const std::source_location where = recorder_.now().line(id);
  rules.next(where);
  std::uint32_t needed = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reach_[input_of(i)]) needed |= 1u << std::min(i, 31u);
  }
  if (needed == 0) return;  // x itself, whose inputs are not asked for
  dx_.assign(count, Var{});
  const bool may_change = node().op->traits().gradient_may_change;
  may_change_ |= may_change;
  rules.may_change(may_change);
  node().op->gradient(Rule{recorder_, id, recorder_.var(cotangents_[id]), needed}, dx_);
  rules.may_change(false);
  for (std::uint32_t i = 0; i < count; ++i) {
    const NodeId input = input_of(i);
    if (!dx_[i] || !reach_[input]) continue;
    const Var dx = fit_to_input(id, input, dx_[i], where);
    const NodeId before = cotangents_[input];
    cotangents_[input] = before == no_node ? dx.id() : record_sum(recorder_.var(before), dx, where).id();
  }
}

/// Returns a gradient in its input's shape: summed over the axes along which the input was broadcast. A user's op
/// broadcasts only if it is elementwise; the rule of any other must return the input's shape.
Var Differentiator::fit_to_input(NodeId id, NodeId input, const Var& dx, std::source_location where) const {
  const Node &node = recorder_.node(id), &x = recorder_.node(input);
  const std::string_view op = node.op->name();
  recorder_.check(dx, op, where);
  const Node& given = recorder_.node(dx.id());
  if (given.dtype != x.dtype) {
    throw DTypeError{fmt::format("{}: the gradient rule must give {} for {}, gave {}\n  at {}", op, x.dtype,
                                 describe(recorder_.now(), input), given.dtype, place(where))};
  }
  if (*given.shape == *x.shape) return dx;
  const bool of_output = !node.custom || node.op->kind() == Kind::elementwise;
  Shape both;
  if (of_output && *given.shape == *node.shape && broadcast(*given.shape, *x.shape, both)) {
    const Shape shape = *x.shape;
    if (both == *given.shape) return record_sum_to(dx, shape, where);
    if (both == shape) return record_broadcast_to(dx, shape, where);
  }
  throw ShapeError{
      fmt::format("{}: the gradient rule must give the shape of the input{}, gave {}\n"
                  "  input: {}\n  output: {}\n  at {}",
                  op, of_output ? " or of the output" : "", *given.shape, describe(recorder_.now(), input),
                  describe(recorder_.now(), id), place(where))};
}

}  // namespace capstan
