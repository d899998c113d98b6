#include "tape_state.hpp"

#include <atomic>
#include <cstddef>
#include <new>
#include <stdexcept>

#include <fmt/core.h>

#include <capstan/kernels/fold/tree.hpp>
#include <capstan/kernels/product/matrix_vector.hpp>
#include <capstan/tensor/format.hpp>

#include "leaf.hpp"

namespace capstan {

/// Drawn from one counter of the process, which all tapes share, so that a Var of a tape that is no more
/// cannot pass for one of a new tape at the same address. 0 is the generation of empty Vars.
std::uint32_t TapeState::next_generation() noexcept {
  static std::atomic<std::uint32_t> last{0};
  std::uint32_t next = 0;
  while (next == 0) next = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return next;
}

TapeState::TapeState(const TapeOptions& options) : options_{options} {
  now_ = &empty_recording();
  begin_generation();
}

void TapeState::begin_generation() noexcept {
  generation_ = next_generation();
  home().generation.store(generation_, std::memory_order_relaxed);
}

const Op& TapeState::constant_leaf() noexcept { return constant_op(); }

std::string_view TapeState::name(NodeId id) const {
  const Node& n = node(id);
  if (is_number(*n.op) || !is_leaf(*n.op)) return {};
  const Leaf& leaf = now_->leaves[n.detail];
  return leaf.parameter ? std::string_view{leaf.parameter->name()} : std::string_view{leaf.name};
}

/// `parameter "W1" (512, 784)`, or `(600, 128), recorded by transpose at train.cpp:40`.
std::string TapeState::describe(NodeId id) const {
  const Node& n = node(id);
  if (is_number(*n.op)) return "a number";
  if (const std::string_view label = name(id); !label.empty()) {
    return fmt::format("{} \"{}\" {}", n.op->name(), label, *n.shape);
  }
  if (is_leaf(*n.op)) return fmt::format("{} {}, recorded at {}", n.op->name(), *n.shape, place(n.where));
  return fmt::format("{}, recorded by {} at {}", *n.shape, n.op->name(), place(n.where));
}

std::vector<const Plan*> TapeState::plans_run() const {
  std::vector<const Plan*> plans;
  plans.reserve(runs_.size());
  for (const Run& run : runs_) {
    const bool taken_back = run.plan->computed[run.plan->computed.size() - 1] >= run.end;
    if (!taken_back) plans.push_back(run.plan.get());
  }
  return plans;
}

/// A Var that is not of this recording.
void TapeState::refuse(const Var& x, std::string_view what, std::source_location where) const {
  if (!x.is_current()) refuse_stale(x, what, where);
  throw ValueError{fmt::format("{}: the Var belongs to another tape\n  at {}", what, place(where))};
}

void TapeState::refuse_stale(const Var& x, std::string_view what, std::source_location where) {
  throw StaleVarError{fmt::format("{}: {}\n  at {}", what,
                                  !x ? "the Var is empty"
                                  : x.is_orphan()
                                      ? "the tape of the Var is gone"
                                      : "the Var is of an earlier recording: record it again after tape.rewind()",
                                  place(where))};
}

// Var and Operand: what they can say without computing.

namespace {

const TapeState& state_of(const Var& x, std::string_view what,
                          std::source_location where = std::source_location::current()) {
  if (!x.is_current()) TapeState::refuse_stale(x, what, where);
  return *x.state();
}

}  // namespace

const Shape& Var::shape() const { return *state_of(*this, "shape").node(id_).shape; }
DType Var::dtype() const { return state_of(*this, "dtype").node(id_).dtype; }

Tensor Var::value(std::source_location where) const {
  state_of(*this, "value", where);
  return state()->value(*this, where);
}

double Var::item(std::source_location where) const {
  const Shape& own = *state_of(*this, "item", where).node(id_).shape;
  if (own.elements() != 1) {
    throw ShapeError{fmt::format("item: the value must have one element, got shape {}\n  x: {}\n  at {}", own,
                                 state()->describe(id_), place(where))};
  }
  return state()->item(*this, where);
}

const Op& op_of(const Var& x) { return *state_of(x, "op_of").node(x.id()).op; }

Var input_of(const Var& x, std::size_t index) {
  const TapeState& state = state_of(x, "input_of");
  return x.state()->var(state.recording().inputs(state.node(x.id()))[index]);
}

const Shape& Operand::shape() const {
  alignas(Shape) static std::byte memory[sizeof(Shape)];
  static const Shape& number_shape = *new (memory) Shape;  // never destroyed: tapes of static objects ask as well
  switch (kind_) {
    case Kind::var:
      return var_.shape();
    case Kind::parameter:
      return parameter().shape(where_);
    case Kind::tensor:
      return tensor().shape();
    case Kind::number:
      break;
  }
  return number_shape;
}

DType Operand::dtype() const {
  switch (kind_) {
    case Kind::var:
      return var_.dtype();
    case Kind::parameter:
      return parameter().dtype(where_);
    case Kind::tensor:
      return tensor().dtype();
    case Kind::number:
      break;
  }
  return DType::f64;
}

namespace {

/// Of a Var that cannot be used as well.
std::string describe(const Operand& operand) {
  const Var& x = operand.var();
  switch (operand.kind()) {
    case Operand::Kind::var:
      if (x.state() == nullptr) return "an empty Var";
      if (x.is_orphan()) return "a Var whose tape is gone";
      if (!x.is_current()) return "a Var of an earlier recording";
      return x.state()->describe(x.id());
    case Operand::Kind::parameter:
      return fmt::format("parameter \"{}\" {}", operand.parameter().name(operand.where()),
                         operand.parameter().shape(operand.where()));
    case Operand::Kind::tensor:
      return fmt::format("tensor {}", operand.tensor().shape());
    case Operand::Kind::number:
      break;
  }
  return "a number";
}

}  // namespace

// What shape rules and gradient rules see.

const Shape& Signature::shape(std::size_t input) const { return *state_.node(inputs_[input]).shape; }
DType Signature::dtype(std::size_t input) const { return state_.node(inputs_[input]).dtype; }

std::string Signature::message(std::string_view rule, std::initializer_list<std::string_view> labels,
                               std::string_view hint) const {
  std::string text = fmt::format("{}: {}", op_.name(), rule);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::string label = i < labels.size() ? std::string{labels.begin()[i]} : fmt::format("operand {}", i + 1);
    text += fmt::format("\n  {}: {}", label, state_.describe(inputs_[i]));
  }
  return text + fmt::format("{}\n  at {}", hint, place(where_));
}

std::string refusal(std::string_view name, std::string_view rule, std::initializer_list<Named> operands,
                    std::source_location where, std::string_view hint) {
  std::string text = fmt::format("{}: {}", name, rule);
  for (const Named& named : operands) text += fmt::format("\n  {}: {}", named.label, describe(named.operand));
  return text + fmt::format("{}\n  at {}", hint, place(where));
}

std::string refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                    std::source_location where) {
  std::string text = fmt::format("{}: {}", name, rule);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    text += fmt::format("\n  operand {}: {}", i + 1, describe(*operands[i]));
  }
  return text + fmt::format("\n  at {}", place(where));
}

DType Signature::common_dtype(std::initializer_list<std::string_view> labels, bool integers) const {
  const DType common = dtype(0);
  for (std::size_t i = 1; i < size(); ++i) {
    if (dtype(i) == common) continue;
    throw DTypeError{
        message(fmt::format("operands must have one dtype, got {} and {}", common, dtype(i)), labels, literals_hint)};
  }
  if (!integers && !is_floating(common)) {
    throw DTypeError{message(fmt::format("operands must be f32 or f64, got {}", common), labels, literals_hint)};
  }
  return common;
}

std::size_t Rule::size() const { return state_.node(node_).input_count; }
Var Rule::input(std::size_t index) const { return state_.var(state_.recording().inputs(state_.node(node_))[index]); }
Var Rule::y() const { return state_.var(node_); }
std::span<const Word> Rule::words() const { return state_.recording().words_of(state_.node(node_)); }
std::source_location Rule::where() const { return state_.node(node_).where; }

// What an op does unless it says otherwise.

void Op::gradient(const Rule&, std::span<Var>) const {}
std::optional<Layout> Op::view(const Layout&, const Shape&, std::span<const Word>) const { return std::nullopt; }
void Op::forward(const Forward&) const { throw std::logic_error{fmt::format("{} has no kernel", name())}; }
std::optional<kernels::Folding> Op::folding(const ArrayType&, std::span<const Word>) const { return std::nullopt; }
std::optional<kernels::MatrixVector> Op::matrix_vector(std::span<const Array>) const { return std::nullopt; }
bool Op::accepts(std::size_t, const Array&) const { return false; }
bool Op::accumulates(std::span<const Shape* const>) const { return false; }
std::size_t Op::scratch_bytes(std::span<const Array>, const Array&, std::span<const Word>, int) const { return 0; }

}  // namespace capstan
