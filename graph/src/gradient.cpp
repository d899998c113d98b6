// backward(loss), and gradient(y, x) for each way in which a user can name the values whose gradients are asked for.

#include <string>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "tape_state.hpp"

namespace capstan {

namespace {

/// The tape of a Var that `who` was given under a name. StaleVarError if there is none, or another recording.
TapeState& state_of(const Var& y, std::source_location where, std::string_view who = "gradient",
                    std::string_view name = "y") {
  if (y.state() == nullptr)
    throw StaleVarError{fmt::format("{}: {} is an empty Var\n  at {}", who, name, place(where))};
  if (!y.is_current()) refuse_stale(y, who, where);
  return *y.state();
}

/// Records the gradients that one call asks for, so that a refused one takes back all of them.
template <class Record>
auto whole(const Var& y, std::source_location where, const Record& record) {
  TapeState& state = state_of(y, where);
  const Operand operand{y, where};
  const Composite composite{"gradient", {&operand}, where};
  return record(state);
}

template <class X>
std::vector<Var> gradients(const Var& y, std::span<const X> xs, std::source_location where) {
  return whole(y, where, [&](TapeState&) {
    std::vector<Var> results;
    results.reserve(xs.size());
    for (const X& x : xs) results.push_back(gradient(y, x, where));
    return results;
  });
}

}  // namespace

Gradients backward(const Var& loss, std::source_location where) {
  return state_of(loss, where, "backward", "the loss").backward(loss, where);
}

Var gradient(const Var& y, const Var& x, std::source_location where) {
  return state_of(y, where).gradient(y, x, nullptr, where);
}

Var gradient(const Var& y, const Var& x, const Var& dy, std::source_location where) {
  return state_of(y, where).gradient(y, x, &dy, where);
}

Var gradient(const Var& y, const Parameter& p, std::source_location where) {
  return whole(y, where, [&](TapeState& state) { return gradient(y, state.parameter(p, where), where); });
}

Var gradient(const Var& y, const Parameter& p, const Var& dy, std::source_location where) {
  return whole(y, where, [&](TapeState& state) { return gradient(y, state.parameter(p, where), dy, where); });
}

std::vector<Var> gradient(const Var& y, std::initializer_list<Operand> xs, std::source_location where) {
  return whole(y, where, [&](TapeState&) {
    std::vector<Var> results;
    results.reserve(xs.size());
    for (const Operand& x : xs) {
      if (x.kind() == Operand::Kind::var) {
        results.push_back(gradient(y, x.var(), where));
      } else if (x.kind() == Operand::Kind::parameter) {
        results.push_back(gradient(y, x.parameter(), where));
      } else {
        const std::string label = fmt::format("x {}", results.size() + 1);
        throw ValueError{refusal("gradient", label + " must be a Var or a Parameter", {{label, x}}, where)};
      }
    }
    return results;
  });
}

std::vector<Var> gradient(const Var& y, std::span<const Var> xs, std::source_location where) {
  return gradients(y, xs, where);
}

std::vector<Var> gradient(const Var& y, std::span<const Parameter> xs, std::source_location where) {
  return gradients(y, xs, where);
}

}  // namespace capstan
