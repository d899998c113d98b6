// gradient(y, x): which values the gradients are wanted of, in the ways in which users have them at hand.

#include <string>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "tape_state.hpp"

namespace capstan {

namespace {

TapeState& state_of(const Var& y, std::source_location where) {
  if (y.state() == nullptr) throw StaleVarError{fmt::format("gradient: y is an empty Var\n  at {}", place(where))};
  if (!y.is_current()) refuse_stale(y, "gradient", where);
  return *y.state();
}

/// Of everything that one call asks for: refused as a whole.
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
