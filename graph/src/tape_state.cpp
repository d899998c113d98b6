#include "tape_state.hpp"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "operand.hpp"
#include "tape/custom/function_op.hpp"
#include "tape/describe.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

/// The dtype that number operands take: the dtype of the first operand that is not a number.
DType number_dtype(std::span<const Operand* const> operands) {
  for (const Operand* operand : operands) {
    if (!operand->is_number()) return operand->dtype();
  }
  return DType::f32;
}

/// ValueError unless the number can be an element of i32.
void check_integer(double number, std::string_view op, std::span<const Operand* const> operands,
                   std::source_location where) {
  if (number >= INT32_MIN && number <= INT32_MAX && std::trunc(number) == number) return;
  throw ValueError{refusal(op,
                           fmt::format("{} cannot be combined with an i32 operand; use a whole number that fits 32 "
                                       "bits, or cast the operand",
                                       number),
                           operands, where)};
}

}  // namespace

template <class Named>
NodeId TapeState::operand(const Named& op, const Operand& operand, std::span<const Operand* const> all,
                          std::source_location where) {
  switch (operand.kind()) {
    case Operand::Kind::parameter:
      return leaves_.parameter(operand.parameter(), where);
    case Operand::Kind::buffer:
      return leaves_.buffer(operand.buffer(), where);
    case Operand::Kind::tensor:
      return leaves_.constant(operand.tensor(), where);
    case Operand::Kind::number: {
      const DType dtype = number_dtype(all);
      if (dtype == DType::i32) check_integer(operand.number(), name_of(op), all, where);
      return leaves_.number(operand.number(), dtype, where);
    }
    case Operand::Kind::var:
      break;
  }
  return operand.var().id();
}

template NodeId TapeState::operand(const std::string_view&, const Operand&, std::span<const Operand* const>,
                                   std::source_location);

/// Turns the operands into nodes and calls `append` with them. If anything throws, everything is taken back.
template <class Named, class Append>
Var TapeState::record_operands(const Named& op, std::span<const Operand* const> operands, std::source_location where,
                               Append append) {
  bool leaves = false;
  boost::container::small_vector<NodeId, 32> inputs(operands.size(), boost::container::default_init);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand* const operand = operands[i];
    const bool is_var = operand->kind() == Operand::Kind::var;
    if (is_var && operand->var().generation() != recorder_.generation()) check(operand->var(), name_of(op), where);
    leaves |= !is_var;
    inputs[i] = is_var ? operand->var().id() : no_node;
  }
  if (!leaves && !options_.eager) return var(append(std::span<const NodeId>{inputs.data(), inputs.size()}));
  const TapeMark before = mark();
  try {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == no_node) inputs[i] = operand(op, *operands[i], operands, where);
    }
    const NodeId id = append(std::span<const NodeId>{inputs.data(), inputs.size()});
    if (options_.eager && !node(id).view) values_.compute({&id, 1}, where);
    return var(id);
  } catch (...) {
    roll_back(before);
    throw;
  }
}

Var TapeState::record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
                      std::source_location where) {
  return record_operands(op, operands, where,
                         [&](std::span<const NodeId> inputs) { return recorder_.append({op, inputs, words}, where); });
}

Var TapeState::record_custom(const std::shared_ptr<const CustomDefinition>& definition,
                             std::span<const Operand* const> operands, std::source_location where) {
  const std::string_view name = definition->options.name;
  return record_operands(name, operands, where, [&](std::span<const NodeId> inputs) {
    return recorder_.append_custom(definition, inputs, where);
  });
}

Var TapeState::variable(const Tensor& value, std::string_view name, std::source_location where) {
  const TapeMark before = mark();
  try {
    return var(leaves_.variable(value, name, where));
  } catch (...) {
    roll_back(before);
    throw;
  }
}

void TapeState::roll_back(const TapeMark& mark) noexcept {
  recorder_.roll_back(mark.head, mark.size, mark.recording);
  values_.take_back(mark.runs, mark.head);
  updates_.truncate(mark.updates);
}

void TapeState::rewind(std::source_location where) {
  recorder_.calls().check("rewind", where);
  if (recorder_.calls().within_rule()) {
    throw ValueError{
        fmt::format("rewind: a gradient rule cannot rewind the tape that it records on\n  at {}", place(where))};
  }
  recorder_.rewind();
  leaves_.rewind();
  gradient_sets_.rewind();
  updates_.truncate(0);
  values_.rewind();
}

Gradients TapeState::backward(const Var& loss, std::source_location where) {
  check_differentiable(loss, "backward", where);
  if (loss.shape().elements() != 1) {
    throw ShapeError{
        fmt::format("backward: the loss must have one element, got shape {}; take its mean or sum\n  loss: {}\n"
                    "  at {}",
                    loss.shape(), describe(recording(), loss.id()), place(where))};
  }
  const TapeMark before = mark();
  const GradientSegment& found = segment(loss.id(), no_node, no_node, where);
  try {
    wanted_.resize(1 + found.results.size());
    NodeId* next = wanted_.data();
    *next++ = loss.id();
    for (const GradientSegment::Result& result : found.results) {
      if (result.first_rows == result.end_rows) *next++ = result.gradient;
    }
    if (!found.rows.empty()) {
      wanted_.resize(static_cast<std::size_t>(next - wanted_.data()));
      for (const auto& [rows, indices] : found.rows) wanted_.insert(wanted_.end(), {rows, indices});
    }
    updates_.append_wanted(wanted_);
    values_.compute(wanted_, where);
    Gradients gradients = gradient_sets_.collect(found, recorder_, values_, options_, where);
    updates_.write(values_, where);
    return gradients;
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
          dy->shape(), dy->dtype(), y.shape(), y.dtype(), describe(recording(), y.id()),
          describe(recording(), dy->id()), place(where));
      if (dy->dtype() != y.dtype()) throw DTypeError{text};
      throw ShapeError{text};
    }
  }
  return var(segment(y.id(), x.id(), dy == nullptr ? no_node : dy->id(), where).results[0].gradient);
}

const GradientSegment& TapeState::segment(NodeId y, NodeId x, NodeId dy, std::source_location where) {
  const TapeMark before = mark();
  try {
    return differentiator_.segment(y, x, dy, where);
  } catch (...) {
    roll_back(before);
    throw;
  }
}

void TapeState::check_differentiable(const Var& y, std::string_view what, std::source_location where) const {
  check(y, what, where);
  recorder_.calls().check(what, where);
  if (recorder_.calls().within_rule()) {
    throw ValueError{
        fmt::format("{}: must not be called within a gradient rule; write the rule with ops\n  y: {}\n  at {}", what,
                    describe(recording(), y.id()), place(where))};
  }
  if (options_.inference) {
    throw ValueError{
        fmt::format("{}: the tape was made for inference only (TapeOptions::inference)\n  at {}", what, place(where))};
  }
  const Node& n = node(y.id());
  if (is_floating(n.dtype)) return;
  throw DTypeError{fmt::format("{}: only f32 and f64 have gradients, got {}\n  {}\n  at {}", what, n.dtype,
                               describe(recording(), y.id()), place(where))};
}

void TapeState::update(const Buffer& buffer, const Var& next, std::source_location where) {
  check(next, "update", where);
  recorder_.calls().check("update", where);
  const auto text = [&](std::string_view rule) {
    return fmt::format("update: {}\n  next: {}\n  buffer: \"{}\" {} of {}\n  at {}", rule,
                       describe(recording(), next.id()), buffer.name(where), buffer.shape(), buffer.dtype(),
                       place(where));
  };
  if (recorder_.calls().within_rule()) throw ValueError{text("must not be called within a gradient rule")};
  if (next.shape() != buffer.shape(where)) {
    throw ShapeError{text(fmt::format("the next value must have the buffer's shape, got {}", next.shape()))};
  }
  if (next.dtype() != buffer.dtype()) {
    throw DTypeError{text(fmt::format("the next value must have the buffer's dtype, got {}", next.dtype()))};
  }
  updates_.add(buffer, next.id());
}

Var TapeState::latest(const Buffer& buffer, std::source_location where) {
  if (const std::optional<NodeId> next = updates_.latest(buffer)) return var(*next);
  const TapeMark before = mark();
  try {
    return var(leaves_.buffer(buffer, where));
  } catch (...) {
    roll_back(before);
    throw;
  }
}

Tensor TapeState::value(const Var& x, std::source_location where) {
  check(x, "value", where);
  return values_.value(x.id(), where);
}

double TapeState::item(const Var& x, std::source_location where) { return values_.item(x.id(), where); }

void TapeState::keep(const Var& x, std::source_location where) {
  check(x, "keep", where);
  values_.keep(x.id());
}

std::vector<const Plan*> TapeState::plans_run() const {
  std::vector<const Plan*> plans;
  plans.reserve(values_.results().runs().size());
  for (const Run& run : values_.results().runs()) {
    const bool taken_back = run.plan->computed[run.plan->computed.size() - 1] >= run.end;
    if (!taken_back) plans.push_back(run.plan.get());
  }
  return plans;
}

}  // namespace capstan
