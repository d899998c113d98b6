#include <capstan/graph/tape.hpp>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>
#include <capstan/graph/threads.hpp>

#include "tape_state.hpp"

namespace capstan {

namespace {

std::unique_ptr<TapeState> make_state(const TapeOptions& options, std::source_location where) {
  const auto check = [where](std::string_view name, std::int64_t value) {
    if (value >= 0) return;
    throw ValueError{fmt::format("Tape: {} must not be negative, got {}\n  at {}", name, value, place(where))};
  };
  check("threads", options.threads);
  if (options.threads > most_threads) {
    throw ValueError{
        fmt::format("Tape: threads must be at most {}, got {}\n  at {}", most_threads, options.threads, place(where))};
  }
  check("memory_budget", options.memory_budget);
  return std::make_unique<TapeState>(options);
}

}  // namespace

Tape::Tape(const TapeOptions& options, std::source_location where) : state_{make_state(options, where)} {}
Tape::~Tape() = default;

Var Tape::constant(const Tensor& value, std::source_location where) { return state_->constant(value, where); }
Var Tape::variable(const Tensor& value, std::string_view name, std::source_location where) {
  return state_->variable(value, name, where);
}
Var Tape::parameter(const Parameter& p, std::source_location where) { return state_->parameter(p, where); }
void Tape::rewind(std::source_location where) { state_->rewind(where); }
std::size_t Tape::size() const noexcept { return state_->size(); }
void Tape::keep(const Var& x, std::source_location where) { state_->keep(x, where); }
Gradients Tape::backward(const Var& loss, std::source_location where) { return state_->backward(loss, where); }

NodeInfo node_info(const Tape& tape, std::uint32_t id) {
  const TapeState& state = tape.state();
  if (id >= state.size()) {
    throw IndexError{fmt::format("node_info: node {} is not on a tape of {} nodes", id, state.size())};
  }
  const Node& n = state.node(id);
  return {n.op->name(), state.name(id), *n.shape, n.dtype, n.where, state.recording().inputs(n)};
}

}  // namespace capstan
