// Recording from outside the tape: record() finds the tape from the operands.

#include <exception>
#include <string>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

#include "operand.hpp"
#include "tape/custom/function_op.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

/// The call with which the user can record one of the operands.
std::string way_onto_tape(std::span<const Operand* const> operands) {
  for (const Operand* operand : operands) {
    if (operand->kind() != Operand::Kind::parameter) continue;
    const std::string& name = operand->parameter().name();
    return fmt::format("tape.parameter({})", name.empty() ? "p" : name);
  }
  return "tape.constant, tape.variable or tape.parameter";
}

/// Throws the error for operands that are on no tape or on several.
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
  if (!first->is_current()) refuse_stale(*first, name_of(op), where);
  return *first->state();
}

}  // namespace

Var engine::record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
                   std::source_location where) {
  return find_state(op, operands, where).record(op, operands, words, where);
}

Var record_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const Operand* const> operands,
                  std::source_location where) {
  if (!definition) throw ValueError{fmt::format("CustomOp: there is no op, it was moved from\n  at {}", place(where))};
  return find_state(definition->options.name, operands, where).record_custom(definition, operands, where);
}

Composite::Composite(std::string_view name, std::span<const Operand* const> operands, std::source_location where)
    : state_{find_state(name, operands, where)},
      name_{name},
      mark_{state_.mark()},
      exceptions_{std::uncaught_exceptions()} {
  for (const Operand* operand : operands) {
    if (operand->kind() == Operand::Kind::var) state_.check(operand->var(), name, where);
  }
}

Var Composite::on_tape(const Operand& operand, std::span<const Operand* const> operands,
                       std::source_location where) const {
  return state_.var(state_.operand(name_, operand, operands, where));
}

Composite::~Composite() {
  if (std::uncaught_exceptions() > exceptions_) state_.roll_back(mark_);
}

}  // namespace capstan
