// The gradient sweep: walks the tape from y back to what is wanted, asks each op's rule, and records what the rules
// answer as further nodes. What was recorded so once is found again when the tape repeats; only rules that may change
// are asked again, over what they answered before.

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include <capstan/tensor/format.hpp>

#include "finally.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

Gradients TapeState::backward(const Var& loss, std::source_location where) {
  check_differentiable(loss, "backward", where);
  if (loss.shape().elements() != 1) {
    throw ShapeError{
        fmt::format("backward: the loss must have one element, got shape {}; take its mean or sum\n  loss: {}\n"
                    "  at {}",
                    loss.shape(), describe(loss.id()), place(where))};
  }
  const TapeMark before = mark();
  const GradientSegment& found = segment(loss.id(), no_node, no_node, where);
  try {
    wanted_.clear();
    wanted_.push_back(loss.id());
    for (const GradientSegment::Result& result : found.results) wanted_.push_back(result.gradient);
    compute(wanted_, where);
    return collect(found, where);
  } catch (...) {
    roll_back(before);
    throw;
  }
}

Var TapeState::gradient(const Var& y, const Var& x, const Var* dy, std::source_location where) {
  check_differentiable(y, "gradient", where);
  check_differentiable(x, "gradient", where);
  if (dy != nullptr) {
    check(*dy, "gradient", where);
    if (!(dy->shape() == y.shape()) || dy->dtype() != y.dtype()) {
      const std::string text = fmt::format(
          "gradient: dy must have the shape and dtype of y, got {} of {} for {} of {}\n"
          "  y: {}\n  dy: {}\n  at {}",
          dy->shape(), dy->dtype(), y.shape(), y.dtype(), describe(y.id()), describe(dy->id()), place(where));
      if (dy->dtype() != y.dtype()) throw DTypeError{text};
      throw ShapeError{text};
    }
  }
  return var(segment(y.id(), x.id(), dy == nullptr ? no_node : dy->id(), where).results[0].gradient);
}

void TapeState::check_differentiable(const Var& y, std::string_view what, std::source_location where) const {
  check(y, what, where);
  if (busy_ != Busy::no) refuse_busy(what, where);
  if (rule_where_ != nullptr) {
    throw ValueError{
        fmt::format("{}: a gradient rule is written with ops, it cannot ask for gradients\n  y: {}\n  at {}", what,
                    describe(y.id()), place(where))};
  }
  if (options_.inference) {
    throw ValueError{
        fmt::format("{}: the tape was made for inference only (TapeOptions::inference)\n  at {}", what, place(where))};
  }
  const Node& n = node(y.id());
  if (is_floating(n.dtype)) return;
  throw DTypeError{fmt::format("{}: only f32 and f64 have gradients, got {}\n  {}\n  at {}", what, n.dtype,
                               describe(y.id()), place(where))};
}

const GradientSegment& TapeState::segment(NodeId y, NodeId x, NodeId dy, std::source_location where) {
  if (const GradientSegment* found = find_segment(head_, y, x, dy); found != nullptr && !found->may_change) {
    head_ = found->end;
    return *found;
  }
  const TapeMark before = mark();
  try {
    return keep_segment(record_segment(y, x, dy, where));
  } catch (...) {
    roll_back(before);
    throw;
  }
}

/// Segments lie in the order in which they begin.
GradientSegment* TapeState::find_segment(NodeId begin, NodeId y, NodeId x, NodeId dy) noexcept {
  auto& segments = now_->segments;
  auto at = std::lower_bound(segments.begin(), segments.end(), begin,
                             [](const GradientSegment& s, NodeId head) { return s.begin < head; });
  for (; at != segments.end() && at->begin == begin; ++at) {
    if (at->y == y && at->x == x && at->dy == dy) return &*at;
  }
  return nullptr;
}

/// In the place of the one that was swept again, if it was: rules that changed may have made it another recording's.
const GradientSegment& TapeState::keep_segment(GradientSegment&& made) {
  if (GradientSegment* const old = find_segment(made.begin, made.y, made.x, made.dy); old != nullptr) {
    *old = std::move(made);
    return *old;
  }
  auto& segments = now_->segments;
  const auto after = std::upper_bound(segments.begin(), segments.end(), made.begin,
                                      [](NodeId begin, const GradientSegment& s) { return begin < s.begin; });
  return *segments.insert(after, std::move(made));
}

GradientSegment TapeState::record_segment(NodeId y, NodeId x, NodeId dy, std::source_location where) {
  GradientSegment made{.y = y, .x = x, .dy = dy, .begin = head_, .end = head_, .results = {}};
  const Shape y_shape = *node(y).shape;
  const DType dtype = node(y).dtype;
  rule_line_ = where;
  rule_where_ = &rule_line_;
  literals_ = true;
  may_change_ = false;
  const Finally end_rules{[this] {
    rule_where_ = nullptr;
    literals_ = false;
  }};
  NodeId seed = dy;
  if (dy == no_node) {
    const Var one = number(1.0, dtype, where);
    seed = (y_shape == Shape{} ? one : gradient_algebra().broadcast_to(one, y_shape, where)).id();
  }
  mark_reach(y, x);
  sweep(y, seed);
  if (x == no_node) {
    for (NodeId id = 0; id <= y; ++id) {
      if (is_wanted_leaf(*node(id).op) && adjoints_[id] != no_node) made.results.push_back({id, adjoints_[id]});
    }
  } else if (x <= y && adjoints_[x] != no_node) {
    made.results.push_back({x, adjoints_[x]});
  } else {
    const Shape x_shape = *node(x).shape;
    const Var zero = number(0.0, node(x).dtype, where);
    made.results.push_back(
        {x, (x_shape == Shape{} ? zero : gradient_algebra().broadcast_to(zero, x_shape, where)).id()});
  }
  mark_shared(made);
  made.end = head_;
  made.may_change = may_change_;
  return made;
}

/// Marks the results that must be copied, so that writing into one changes nothing else.
void TapeState::mark_shared(GradientSegment& segment) {
  std::unordered_set<NodeId> seen;
  for (GradientSegment::Result& result : segment.results) {
    result.shared = result.gradient < segment.begin || !seen.insert(result.gradient).second;
  }
}

/// Marks the nodes up to y that a wanted leaf (or x) leads to, and that have gradients.
void TapeState::mark_reach(NodeId y, NodeId x) {
  reach_.assign(y + 1, false);
  for (NodeId id = 0; id <= y; ++id) {
    const Node& n = node(id);
    if (!is_floating(n.dtype)) continue;
    bool reached = x == no_node ? is_wanted_leaf(*n.op) : id == x;
    for (const NodeId input : now_->inputs(n)) reached = reached || reach_[input];
    reach_[id] = reached;
  }
}

void TapeState::sweep(NodeId y, NodeId seed) {
  adjoints_.assign(y + 1, no_node);
  if (!reach_[y]) return;
  adjoints_[y] = seed;
  for (NodeId id = y + 1; id-- > 0;) {
    if (adjoints_[id] != no_node && reach_[id] && node(id).input_count > 0) apply_rule(id);
  }
}

void TapeState::apply_rule(NodeId id) {
  const std::uint32_t count = node(id).input_count;
  rule_line_ = node(id).where;
  std::uint32_t needed = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reach_[now_->inputs(node(id))[i]]) needed |= 1u << std::min(i, 31u);
  }
  if (needed == 0) return;  // x itself, whose inputs are not asked for
  dx_.assign(count, Var{});
  const bool may_change = node(id).op->gradient_may_change();
  may_change_ |= may_change;
  literals_ = !may_change;
  node(id).op->gradient(Rule{*this, id, var(adjoints_[id]), needed}, dx_);
  literals_ = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const NodeId input = now_->inputs(node(id))[i];
    if (!dx_[i] || !reach_[input]) continue;
    const Var dx = fit_to_input(id, input, dx_[i]);
    const NodeId before = adjoints_[input];
    adjoints_[input] = before == no_node ? dx.id() : gradient_algebra().add(var(before), dx, rule_line_).id();
  }
}

/// A gradient in its input's shape: summed over the axes along which the input was broadcast. A user's op broadcasts
/// where it is elementwise; else its rule must give the input's shape.
Var TapeState::fit_to_input(NodeId id, NodeId input, const Var& dx) {
  const std::string_view op = node(id).op->name();
  check(dx, op, rule_line_);
  const Shape& shape = *node(input).shape;
  const Shape& given = *node(dx.id()).shape;
  if (node(dx.id()).dtype != node(input).dtype) {
    throw DTypeError{fmt::format("{}: the gradient rule must give {} for {}, gave {}\n  at {}", op, node(input).dtype,
                                 describe(input), node(dx.id()).dtype, place(rule_line_))};
  }
  if (given == shape) return dx;
  const bool of_output = !node(id).custom || node(id).op->elementwise(node(id).dtype) != nullptr;
  Shape both;
  if (of_output && given == *node(id).shape && broadcast(given, shape, both)) {
    if (both == given) return gradient_algebra().sum_to(dx, shape, rule_line_);
    if (both == shape) return gradient_algebra().broadcast_to(dx, shape, rule_line_);
  }
  throw ShapeError{
      fmt::format("{}: the gradient rule must give the shape of the input{}, gave {}\n"
                  "  input: {}\n  output: {}\n  at {}",
                  op, of_output ? " or of the output" : "", given, describe(input), describe(id), place(rule_line_))};
}

/// Shows a gradient by a set's tensor, which is row-major. No two of them share memory, nor one with another value.
void TapeState::show_gradient(const GradientSegment::Result& result, Tensor& dx, std::source_location where) {
  const NodeId id = result.gradient;
  const Node& n = node(id);
  if (is_leaf(*n.op)) {
    dx = read_leaf(id, node(result.leaf).where);
    return;
  }
  const Computed& computed = *find_value(id);
  if (result.shared || computed.shared || computed.small) {
    dx = own_tensor(tensor(id, computed, where));
    return;
  }
  const StoragePtr& memory = check_filled(id, computed, where).storage;
  if (dx.dtype() != n.dtype || dx.shape() != *n.shape) dx = {{}, nullptr, *n.shape, n.dtype};
  dx.move_to(memory, memory->data() + bytes_in(computed.offset));
}

/// A set that nobody holds any more is filled again, so that a repeated step takes no memory.
Gradients TapeState::collect(const GradientSegment& segment, std::source_location where) {
  boost::intrusive_ptr<Gradients::Set> set;
  for (const auto& known : gradient_sets_) {
    if (known->use_count() == 1) set = known;
  }
  if (!set) {
    set = new Gradients::Set;
    if (gradient_sets_.size() < most_gradient_sets) gradient_sets_.push_back(set);
  }
  set->entries.resize(segment.results.size());
  for (std::size_t i = 0; i < segment.results.size(); ++i) {
    const GradientSegment::Result& result = segment.results[i];
    const std::optional<Parameter>& parameter = now_->leaves[node(result.leaf).detail].parameter;
    Gradients::Entry& entry = set->entries[i];
    if (entry.parameter != parameter) entry.parameter = parameter;
    entry.leaf = var(result.leaf);
    show_gradient(result, entry.value, where);
  }
  Gradients gradients;
  gradients.set_ = std::move(set);
  return gradients;
}

}  // namespace capstan
