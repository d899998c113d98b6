#include <capstan/graph/tape.hpp>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/isa.hpp>
#include <capstan/tensor/threads.hpp>

#include "tape_home.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

TapeStatePtr make_state(const TapeOptions& options, std::source_location where) {
  kernels::chosen_isa();  // refuses a wrong CAPSTAN_ISA before anything is recorded
  const auto check = [where](std::string_view name, std::int64_t value) {
    if (value >= 0) return;
    throw ValueError{fmt::format("Tape: {} must not be negative, got {}\n  at {}", name, value, place(where))};
  };
  check("threads", options.threads);
  if (options.threads > max_threads) {
    throw ValueError{
        fmt::format("Tape: threads must be at most {}, got {}\n  at {}", max_threads, options.threads, place(where))};
  }
  check("memory_budget", options.memory_budget);
  return make_tape_state(options);
}

}  // namespace

Tape::Tape(const TapeOptions& options, std::source_location where) : state_{make_state(options, where)} {}

TapeState& Tape::refuse_moved() { throw ValueError{"Tape: it was moved to another tape, and cannot be used any more"}; }

Var Tape::constant(const Tensor& value, std::source_location where) { return state().constant(value, where); }
Var Tape::variable(const Tensor& value, std::string_view name, std::source_location where) {
  return state().variable(value, name, where);
}
Var Tape::parameter(const Parameter& p, std::source_location where) { return state().parameter(p, where); }
void Tape::rewind(std::source_location where) { state().rewind(where); }
std::size_t Tape::size() const { return state().size(); }
void Tape::keep(const Var& x, std::source_location where) { state().keep(x, where); }
Gradients Tape::backward(const Var& loss, std::source_location where) { return state().backward(loss, where); }

NodeView Tape::node(std::uint32_t id, std::source_location where) const {
  if (id < state().size()) return {state().var(id), where};
  throw IndexError{
      fmt::format("node: {} is out of range for a tape of {} nodes\n  at {}", id, state().size(), place(where))};
}

}  // namespace capstan
