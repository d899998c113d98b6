// Recording: operands become nodes, and a node either equals the one already at the head, or is recorded afresh.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <exception>
#include <string>

#include <fmt/core.h>
#include <boost/container/small_vector.hpp>

#include <capstan/tensor/format.hpp>

#include "tape/custom/function_op.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

constexpr std::size_t most_recordings = 8;

/// Names are asked for where an error needs them: this is called for every node.
std::string_view name_of(std::string_view name) { return name; }
std::string_view name_of(const Op& op) { return op.name(); }

/// How the user gets one of the operands onto a tape.
std::string way_onto_tape(std::span<const Operand* const> operands) {
  for (const Operand* operand : operands) {
    if (operand->kind() != Operand::Kind::parameter) continue;
    const std::string& name = operand->parameter().name();
    return fmt::format("tape.parameter({})", name.empty() ? "p" : name);
  }
  return "tape.constant, tape.variable or tape.parameter";
}

/// Of operands that are on no tape, or not on one.
[[noreturn]] void refuse_operands(std::string_view name, std::span<const Operand* const> operands,
                                  std::source_location where) {
  const TapeState* state = nullptr;
  std::size_t first = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i]->kind() != Operand::Kind::var) continue;
    const TapeState* const found = operands[i]->var().state();
    if (found == nullptr) {
      throw StaleVarError{
          refusal(name, fmt::format("operand {} must have a value, got an empty Var", i + 1), operands, where)};
    }
    if (state != nullptr && found != state) {
      throw ValueError{refusal(
          name, fmt::format("operands must be on one tape, got {} and {} on two", first + 1, i + 1), operands, where)};
    }
    if (state == nullptr) first = i;
    state = found;
  }
  throw ValueError{refusal(name, fmt::format("no operand is on a tape; record one first: {}", way_onto_tape(operands)),
                           operands, where)};
}

template <class Named>
TapeState& find_state(const Named& op, std::span<const Operand* const> operands, std::source_location where) {
  const Var* first = nullptr;
  for (const Operand* operand : operands) {
    if (operand->kind() != Operand::Kind::var) continue;
    const Var& x = operand->var();
    if (first == nullptr) first = &x;
    if (!x.is_beside(*first)) refuse_operands(name_of(op), operands, where);
  }
  if (first == nullptr || !*first) refuse_operands(name_of(op), operands, where);
  if (!first->is_current()) TapeState::refuse_stale(*first, name_of(op), where);
  return *first->state();
}

/// Numbers take the dtype of the first operand that is none.
DType number_dtype(std::span<const Operand* const> operands) {
  for (const Operand* operand : operands) {
    if (!operand->is_number()) return operand->dtype();
  }
  return DType::f32;
}

Number encode(double value, DType dtype, std::source_location where) {
  Number number{};
  if (dtype == DType::f64) {
    std::memcpy(number.bytes, &value, sizeof value);
  } else if (dtype == DType::f32) {
    const auto narrow = static_cast<float>(value);
    std::memcpy(number.bytes, &narrow, sizeof narrow);
  } else {
    const auto whole = value >= -2147483648.0 && value <= 2147483647.0 ? static_cast<std::int32_t>(value) : 0;
    if (whole != value) {
      throw ValueError{
          fmt::format("a number beside i32 must be whole and fit it, got {}\n  at {}", value, place(where))};
    }
    std::memcpy(number.bytes, &whole, sizeof whole);
  }
  return number;
}

}  // namespace

Var record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
           std::source_location where) {
  return find_state(op, operands, where).record(op, operands, words, where);
}

Var record_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const Operand* const> operands,
                  std::source_location where) {
  if (!definition) throw ValueError{fmt::format("CustomOp: there is no op, it was moved from\n  at {}", place(where))};
  return find_state(definition->options.name, operands, where).record_custom(definition, operands, where);
}

Composite::Composite(std::string_view name, std::initializer_list<const Operand*> operands, std::source_location where)
    : state_{find_state(name, {operands.begin(), operands.size()}, where)},
      mark_{state_.mark()},
      exceptions_{std::uncaught_exceptions()} {
  for (const Operand* operand : operands) {
    if (operand->kind() == Operand::Kind::var) state_.check(operand->var(), name, where);
  }
}

Composite::~Composite() {
  if (std::uncaught_exceptions() > exceptions_) state_.roll_back(mark_);
}

/// Operands become nodes, and `append` makes a node of those. A refused op leaves no trace.
template <class Named, class Append>
Var TapeState::record_operands(const Named& op, std::span<const Operand* const> operands, std::source_location where,
                               Append append) {
  bool leaves = false;
  boost::container::small_vector<NodeId, 32> inputs(operands.size(), boost::container::default_init);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand* const operand = operands[i];
    const bool is_var = operand->kind() == Operand::Kind::var;
    if (is_var && operand->var().generation() != generation_) check(operand->var(), name_of(op), where);
    leaves |= !is_var;
    inputs[i] = is_var ? operand->var().id() : no_node;
  }
  if (!leaves && !options_.eager) return var(append(std::span<const NodeId>{inputs.data(), inputs.size()}));
  const TapeMark before = mark();
  try {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == no_node) inputs[i] = operand(*operands[i], operands, where);
    }
    const NodeId id = append(std::span<const NodeId>{inputs.data(), inputs.size()});
    if (options_.eager && !node(id).view) compute({&id, 1}, where);
    return var(id);
  } catch (...) {
    roll_back(before);
    throw;
  }
}

Var TapeState::record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
                      std::source_location where) {
  return record_operands(op, operands, where,
                         [&](std::span<const NodeId> inputs) { return append({op, inputs, words}, where); });
}

Var TapeState::record_custom(const std::shared_ptr<const CustomDefinition>& definition,
                             std::span<const Operand* const> operands, std::source_location where) {
  const std::string_view name = definition->options.name;
  return record_operands(name, operands, where,
                         [&](std::span<const NodeId> inputs) { return append_custom(definition, inputs, where); });
}

NodeId TapeState::operand(const Operand& operand, std::span<const Operand* const> all, std::source_location where) {
  switch (operand.kind()) {
    case Operand::Kind::parameter:
      return parameter(operand.parameter(), where).id();
    case Operand::Kind::tensor:
      return constant(operand.tensor(), where).id();
    case Operand::Kind::number:
      return number(operand.number(), number_dtype(all), where).id();
    case Operand::Kind::var:
      break;
  }
  return operand.var().id();
}

Var TapeState::leaf(const Op& kind, const Tensor& value, std::source_location where) {
  if (!value.storage()) {
    throw ValueError{
        fmt::format("{}: there is no tensor, it was moved from or never assigned\n  at {}", kind.name(), place(where))};
  }
  const LeafWords words = leaf_words(value);
  const NodeId id = append({kind, {}, {words.data(), words.size()}}, where);
  Leaf& leaf = now_->leaves[node(id).detail];
  if (leaf.value.storage() != value.storage() || leaf.value.raw() != value.raw()) leaf.value = value;
  leaf.version = value.version();
  return var(id);
}

Var TapeState::variable(const Tensor& value, std::string_view name, std::source_location where) {
  if (!is_floating(value.dtype())) {
    throw DTypeError{
        fmt::format("variable: a variable must be f32 or f64, got {}; record it with tape.constant\n  at {}",
                    name_of(value.dtype()), place(where))};
  }
  const TapeMark before = mark();
  const Var x = leaf(variable_op(), value, where);
  try {
    now_->leaves[node(x.id()).detail].name = name;
  } catch (...) {
    roll_back(before);
    throw;
  }
  return x;
}

Var TapeState::parameter(const Parameter& p, std::source_location where) {
  // A refused op may have taken the parameter's node back.
  if (const NodeId* known = parameters_.find(p.identity()); known != nullptr && *known < head_ && is_node_of(*known, p))
    return var(*known);
  parameters_.reserve(1);
  const Var x = repeats(p) ? var(pass(where)) : leaf(parameter_op(), p.value(where), where);
  Leaf& leaf = now_->leaves[node(x.id()).detail];
  leaf.version = p.version();
  if (!leaf.parameter || !(*leaf.parameter == p)) leaf.parameter = p;
  parameters_.insert(p.identity(), x.id());
  return x;
}

/// Whether the node at the head is the parameter's, whose value lies where it lay, in the shape that it had.
bool TapeState::repeats(const Parameter& p) const noexcept {
  return head_ < now_->nodes.size() && is_node_of(head_, p);
}

bool TapeState::is_node_of(NodeId id, const Parameter& p) const noexcept {
  if (node(id).op != &parameter_op()) return false;
  const std::optional<Parameter>& known = now_->leaves[node(id).detail].parameter;
  return known && *known == p;
}

Var TapeState::number(double value, DType dtype, std::source_location where) {
  const Number number = encode(value, dtype, where);
  const std::array<Word, 2> words{static_cast<Word>(dtype), std::bit_cast<Word>(number)};
  if (literals_) return var(append({literal_op(), {}, words}, where));
  const NodeId id = append({number_op(), {}, std::span{words}.first(1)}, where);
  now_->numbers[node(id).detail] = number;
  return var(id);
}

NodeId TapeState::append(const NodeKey& key, std::source_location where) {
  if (head_ < now_->nodes.size() && now_->equals(now_->nodes[head_], key)) return pass(where);
  return append_new(key, where);
}

NodeId TapeState::append_custom(const std::shared_ptr<const CustomDefinition>& definition,
                                std::span<const NodeId> inputs, std::source_location where) {
  if (head_ < now_->nodes.size()) {
    const Node& next = now_->nodes[head_];
    if (now_->equals_custom(next, {*next.op, inputs, {}, definition.get()}) && bind_custom(next, definition, where))
      return pass(where);
  }
  const std::shared_ptr<FunctionOp> made = make_function_op(definition, inputs.size());
  const NodeId id = append_new({*made, inputs, made->words(), definition.get()}, where);
  std::shared_ptr<FunctionOp>& function = now_->functions[node(id).detail];
  if (function) {
    function->bind(definition);
  } else {
    function = made;
  }
  return id;
}

/// Binds a node of a user's op to the op that is recorded now, if its output keeps its shape.
bool TapeState::bind_custom(const Node& n, const std::shared_ptr<const CustomDefinition>& definition,
                            std::source_location where) {
  FunctionOp& function = *now_->functions[n.detail];
  if (function.definition() == definition) return true;
  if (definition->options.shape) {
    const FunctionOp op{definition};
    const ArrayType type = infer({op, now_->inputs(n), {}}, where);
    if (type.dtype != n.dtype || type.shape != *n.shape) return false;
  }
  function.bind(definition);
  return true;
}

ArrayType TapeState::infer(const NodeKey& key, std::source_location where) {
  const Calling calling{*this, Busy::inferring};
  const Signature signature{*this, key.op, key.inputs, key.words, where};
  const ArrayType type = key.op.infer(signature);
  // From here on a node's bytes fit 63 bits.
  if (!bytes_of(type.shape, type.dtype)) {
    throw ShapeError{signature.message(
        fmt::format("the result would have more bytes than 63 bits count: {} of {}", type.shape, type.dtype), {})};
  }
  return type;
}

NodeId TapeState::append_new(const NodeKey& key, std::source_location where) {
  if (rule_where_ != nullptr) where = line_of_rule(where);
  const ArrayType type = infer(key, where);
  if (head_ == no_node) throw ValueError{"a tape holds at most 4294967295 nodes"};
  if (head_ < now_->nodes.size() && switch_recording(key, type)) return pass(where);
  now_->push(key, type.dtype, intern(type.shape, key), where);
  return head_++;
}

/// The node at the head differs from what is recorded now. Another recording may go on with it; if none does, a new one
/// begins, with the same nodes so far. Returns whether one did.
bool TapeState::switch_recording(const NodeKey& key, const ArrayType& type) {
  Recording* const known = find_recording(key, type);
  now_->last_use = ++clock_;
  Recording& next = known != nullptr ? *known : empty_recording();
  if (known == nullptr) next.copy_prefix(*now_, head_);
  next.bind_prefix(*now_, head_);
  now_->release_leaves();
  next.last_use = ++clock_;
  next.next_plan = 0;
  now_ = &next;
  return known != nullptr;
}

/// Another recording that begins as this one does up to the head, and goes on with this node. Null if there is none.
Recording* TapeState::find_recording(const NodeKey& key, const ArrayType& type) const noexcept {
  const std::uint64_t structure = now_->structure_after(head_, key);
  for (const auto& candidate : recordings_) {
    if (candidate.get() == now_ || candidate->nodes.size() <= head_) continue;
    const Node& next = candidate->nodes[head_];
    if (next.structure == structure && candidate->equals_any(next, key) && next.dtype == type.dtype &&
        *next.shape == type.shape && candidate->shares_prefix(*now_, head_))
      return candidate.get();
  }
  return nullptr;
}

/// A new recording, or the one unused for longest.
Recording& TapeState::empty_recording() {
  if (recordings_.size() < most_recordings) return *recordings_.emplace_back(std::make_unique<Recording>());
  const auto oldest = std::min_element(recordings_.begin(), recordings_.end(),
                                       [](const auto& a, const auto& b) { return a->last_use < b->last_use; });
  (*oldest)->clear();
  return **oldest;
}

/// Undoes what a refused op recorded. What was computed of it since the mark is no value of any node from now on; what
/// was computed before the mark is all of nodes before it.
void TapeState::roll_back(const TapeMark& mark) noexcept {
  const NodeId keep = now_ == mark.recording ? mark.size : mark.head;
  if (head_ == now_->nodes.size() && now_->nodes.size() > keep) now_->truncate(keep);
  head_ = mark.head;
  for (std::size_t run = mark.runs; run < runs_.size(); ++run) runs_[run].end = std::min(runs_[run].end, head_);
}

void TapeState::refuse_busy(std::string_view what, std::source_location where) const {
  throw ValueError{fmt::format("{}: a CustomOp's {} function cannot use the tape that calls it\n  at {}", what,
                               busy_ == Busy::inferring ? "shape" : "forward", place(where))};
}

void TapeState::rewind(std::source_location where) {
  if (busy_ != Busy::no) refuse_busy("rewind", where);
  if (rule_where_ != nullptr) {
    throw ValueError{
        fmt::format("rewind: a gradient rule cannot rewind the tape that it records on\n  at {}", place(where))};
  }
  begin_generation();
  head_ = 0;
  parameters_.clear();
  values_.clear();
  now_->release_leaves();
  now_->next_plan = 0;
  for (const auto& set : gradient_sets_) {
    if (set->use_count() > 1) continue;
    for (Gradients::Entry& entry : set->entries) entry.value.move_to({}, nullptr);
  }
  give_back_memory();
}

const Shape* TapeState::intern(const Shape& shape, const NodeKey& key) {
  for (const NodeId input : key.inputs) {
    if (*node(input).shape == shape) return node(input).shape;
  }
  return &*shapes_.insert(shape).first;
}

}  // namespace capstan
