// Tape: records operations as they are called, plans them when a value is first wanted, runs the plan, and records
// gradients as further operations. One tape is used by one thread at a time; any number of tapes may exist.
//
//   Tape tape;
//   for (int step = 0; step < 1000; ++step) {
//     tape.rewind();                              // record over the last step: nothing is allocated or planned anew
//     const Var cost = mean(square(matmul(W, x) + b - y));
//     descent.step(tape.backward(cost));
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/node_view.hpp>
#include <capstan/graph/op.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

/// How a tape computes.
struct TapeOptions {
  bool eager = false;      ///< run each node as it is recorded, for debugging; the results are the same bits
  bool inference = false;  ///< no gradients will be asked for: nothing is saved for them, and asking throws ValueError
  int threads = 0;         ///< to compute with, at most; 0: as many as the process has (capstan/tensor/threads.hpp)

  /// Bytes that the values computed between two rewinds may take; 0: any number.
  ///
  /// - Values that do not fit are computed a second time in backward, costly ones too, as few as possible. The results
  ///   are the same bits.
  /// - If no plan meets the budget, the call that asks for a value throws ValueError and computes nothing. The error
  ///   names the smallest budget that a plan would meet.
  /// - Not counted are leaves, values of one element, an optimizer's state, and gradients of earlier steps that are
  ///   still held.
  /// - The values of an earlier call between the same two rewinds are counted. A later call finds them only if they
  ///   were asked for: ask for the gradients first, and read the cost after.
  /// - An eager tape ignores the budget.
  std::int64_t memory_budget = 0;
};

namespace engine {

/// Ends a tape: its Vars are orphans from then on.
struct DeleteTapeState {
  void operator()(TapeState* state) const noexcept;
};
using TapeStatePtr = std::unique_ptr<TapeState, DeleteTapeState>;

}  // namespace engine

/// A tape can be moved: its Vars go with it. Using what was moved from throws ValueError.
class Tape {
 public:
  /// ValueError if the number of threads or the memory budget is negative, or more than max_threads are asked for, or if
  /// the environment variable CAPSTAN_ISA names no instruction set that the processor runs.
  explicit Tape(const TapeOptions& options = {}, std::source_location where = std::source_location::current());
  Tape(Tape&&) noexcept = default;
  Tape& operator=(Tape&&) noexcept = default;

  /// A leaf without a gradient. The tensor is not copied; writing into it before what depends on it is computed throws
  /// StaleValueError there.
  Var constant(const Tensor& value, std::source_location where = std::source_location::current());
  /// A leaf whose gradient `backward` returns. DTypeError for i32.
  Var variable(const Tensor& value, std::string_view name = {},
               std::source_location where = std::source_location::current());
  /// A leaf that stands for a parameter; the same Var for the same parameter until the tape is rewound.
  Var parameter(const Parameter& p, std::source_location where = std::source_location::current());

  /// Puts the head back to the start: what follows records over the old recording. All Vars become stale. ValueError if a
  /// function of a CustomOp that the tape has called asks for it.
  void rewind(std::source_location where = std::source_location::current());
  /// Nodes recorded since the last rewind.
  std::size_t size() const;
  /// A node, for drawing, analysis and export. IndexError for an id that is not less than `size()`.
  NodeView node(std::uint32_t id, std::source_location where = std::source_location::current()) const;
  /// Computes x together with the next values that are asked for, and keeps it, as if `x.value()` had been called in the
  /// step before. For a value that is read after `backward`, which would be computed a second time otherwise, or not at
  /// all once the optimizer has written the parameters.
  void keep(const Var& x, std::source_location where = std::source_location::current());

  /// Gradients of the loss (one element; ShapeError otherwise) with respect to every variable and parameter that leads
  /// to it. They are computed, together with the loss, before this returns; so is what buffers become, which is then
  /// written (capstan/graph/buffer.hpp).
  Gradients backward(const Var& loss, std::source_location where = std::source_location::current());

  /// The plans that were run since the last rewind, as text: what was fused, what each instruction reads and writes, at
  /// which offset, who reads it, the bytes moved, why a value is kept, and the user's lines.
  std::string explain() const;

  /// The inside of the tape, for ops and tools. ValueError if the tape was moved from.
  engine::TapeState& state() { return state_ ? *state_ : refuse_moved(); }
  const engine::TapeState& state() const { return state_ ? *state_ : refuse_moved(); }

 private:
  [[noreturn]] static engine::TapeState& refuse_moved();

  engine::TapeStatePtr state_;
};

/// What `tape.backward(loss)` gives, on the tape that the loss is on.
Gradients backward(const Var& loss, std::source_location where = std::source_location::current());

/// dy/dx as a Var of x's shape, recorded on the same tape (of sum(y), if y has several elements). Zeros where y does
/// not depend on x. Any Var may be x, not only a leaf.
Var gradient(const Var& y, const Var& x, std::source_location where = std::source_location::current());
/// The gradient of sum(dy · y) by x, for a cotangent dy of y's shape.
Var gradient(const Var& y, const Var& x, const Var& dy, std::source_location where = std::source_location::current());
/// With respect to a parameter, as it is on y's tape; it is recorded there if it is not, and has zeros then.
Var gradient(const Var& y, const Parameter& p, std::source_location where = std::source_location::current());
Var gradient(const Var& y, const Parameter& p, const Var& dy,
             std::source_location where = std::source_location::current());
/// With respect to several Vars and Parameters, in their order: `gradient(y, {a, b})`, or of a std::vector of either. A
/// sweep for each. ValueError, naming its place, for a Tensor or number in the list; nothing is recorded if one is
/// refused.
std::vector<Var> gradient(const Var& y, std::initializer_list<Operand> xs,
                          std::source_location where = std::source_location::current());
std::vector<Var> gradient(const Var& y, std::span<const Var> xs,
                          std::source_location where = std::source_location::current());
std::vector<Var> gradient(const Var& y, std::span<const Parameter> xs,
                          std::source_location where = std::source_location::current());

}  // namespace capstan
