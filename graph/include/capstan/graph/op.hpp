// Op: what an operation is to the tape – a name, a shape rule, the way in which its value is made, and a gradient rule.
// There is one constant object per operation; nodes point at it. To add an operation, see CONTRIBUTING.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

#include <capstan/graph/computation.hpp>
#include <capstan/graph/description.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/tensor/array.hpp>

namespace capstan::engine {

/// The argument of a shape rule: shapes and dtypes of the operands, and the attributes.
class Signature {
 public:
  Signature(const Recorder& recorder, const Op& op, std::span<const std::uint32_t> inputs, std::span<const Word> words,
            std::source_location where) noexcept
      : recorder_{recorder}, op_{op}, inputs_{inputs}, words_{words}, where_{where} {}

  // The operands, and the words of the attributes.
  std::size_t size() const noexcept { return inputs_.size(); }
  const Shape& shape(std::size_t input) const;
  DType dtype(std::size_t input) const;
  std::span<const Word> words() const noexcept { return words_; }
  template <class A>
  A attributes() const noexcept {
    return from_words<A>(words_);
  }

  /// The text of an error: op and rule, a line for each operand (by its label, name and whole shape), the user's line.
  /// `throw ShapeError{s.message(fmt::format("columns of W must equal rows of x, got {} and {}", …), {"W", "x"})};`
  /// A hint, if it is certain, is a line of its own before the user's: "\n  …".
  std::string message(std::string_view rule, std::initializer_list<std::string_view> labels,
                      std::string_view hint = {}) const;

  /// The dtype that all operands share; throws DTypeError naming both where two differ, or where it is i32 and
  /// `integers` is false.
  DType common_dtype(std::initializer_list<std::string_view> labels, bool integers = false) const;

 private:
  const Recorder& recorder_;
  const Op& op_;
  std::span<const std::uint32_t> inputs_;
  std::span<const Word> words_;
  std::source_location where_;
};

/// The argument of a gradient rule, which records gradients with ops.
class Rule {
 public:
  Rule(const Recorder& recorder, std::uint32_t node, Var dy, std::uint32_t needed) noexcept
      : recorder_{recorder}, node_{node}, dy_{dy}, needed_{needed} {}

  /// True if the gradient of this input is needed; any other need not be recorded.
  bool needs(std::size_t input) const noexcept { return (needed_ >> (input < 31 ? input : 31) & 1u) != 0; }

  // The node's inputs by number or by their customary names, its output y, the gradient dy of y, and the attributes.
  std::size_t size() const;
  Var input(std::size_t index) const;
  Var x() const { return input(0); }
  Var a() const { return input(0); }
  Var b() const { return input(1); }
  Var y() const;
  const Var& dy() const noexcept { return dy_; }
  std::span<const Word> words() const;
  template <class A>
  A attributes() const {
    return from_words<A>(words());
  }
  /// The user's line that recorded the node: gradient nodes are recorded under it.
  std::source_location where() const;

 private:
  const Recorder& recorder_;
  std::uint32_t node_;
  Var dy_;
  std::uint32_t needed_;
};

/// Whether backward may recompute a value instead of saving it, and what that costs.
enum class Recompute : std::uint8_t {
  never,   ///< the result may differ: a user's function may depend on more than its inputs
  costly,  ///< more than reading it from memory
  cheap,   ///< a few instructions per element, in a fused group
};

/// Facts about an op that recording and reading values need in every step, without asking how its value is made.
struct Traits {
  Kind kind;
  Recompute recompute = Recompute::costly;
  /// True if the gradient rule depends on more than the node, as a user's may: it is called again when the tape repeats,
  /// while other rules are called once.
  bool gradient_may_change = false;
};

/// An operation. There is one constant object of it, and the nodes that it recorded refer to that.
class Op {
 public:
  constexpr explicit Op(Traits traits) noexcept : traits_{traits} {}
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

  // What the constructor was given.
  const Traits& traits() const noexcept { return traits_; }
  Kind kind() const noexcept { return traits_.kind; }

  /// The name in errors and drawings.
  virtual std::string_view name() const noexcept = 0;

  /// The shape rule. Throws what a refused op throws; called once for each new node.
  virtual ArrayType infer(const Signature& signature) const = 0;

  /// The gradient rule: sets dx[i] for every input that rule.needs(i) and that has a gradient; leaves the others alone.
  /// dx[i] has the shape of the output or of the input: the engine sums it over broadcast axes.
  virtual void gradient(const Rule& rule, std::span<Var> dx) const;

  /// How the value is made, by the op's own kind: a plan asks once for each node that it computes. A leaf has no answer.
  virtual Computation computation(const Types& types, std::span<const Word> words) const = 0;

  /// Adds what the words mean by the names of the op's options, for drawings and export. An op without attributes adds
  /// nothing.
  virtual void describe(Description&, std::span<const Word>) const {}

 protected:
  /// Trivial, so that an op's object is `constexpr`: it is there before any code runs, and as long as any does.
  ~Op() = default;

 private:
  Traits traits_;
};

/// The base class of ops. K is Elementwise, View, Fold, Contraction or Call, the kind of the one answer that they give.
template <class K>
class OpOf : public Op {
 public:
  constexpr explicit OpOf(Recompute recompute = Recompute::costly, bool gradient_may_change = false) noexcept
      : Op{{K::kind, recompute, gradient_may_change}} {}

  /// How the value is made, for these inputs and attributes.
  virtual K made(const Types& types, std::span<const Word> words) const = 0;
  Computation computation(const Types& types, std::span<const Word> words) const final { return made(types, words); }

 protected:
  ~OpOf() = default;
};

/// The argument of CallOp::run.
struct CallArguments {
  std::span<const Array> inputs;
  const Array& output;
  std::span<const Word> words;
  void* scratch;               ///< as many bytes as Call says, aligned to 64
  std::source_location where;  ///< the user's line, for errors that only the values show
  int threads = 1;             ///< to compute with, at most

  /// The attributes as the struct that they were made of.
  template <class A>
  A attributes() const noexcept {
    return from_words<A>(words);
  }
};

/// An op that computes its value with a function of its own.
class CallOp : public OpOf<Call> {
 public:
  using OpOf::OpOf;

  /// Takes row-major operands and no scratch, unless the op says otherwise.
  Call made(const Types& types, std::span<const Word> words) const override;
  /// Fills the output.
  virtual void run(const CallArguments& c) const = 0;

 protected:
  ~CallOp() = default;
};

/// Records an op. The tape is found from the operands that have one; Parameters, Tensors and numbers among the others
/// are recorded on it as leaves first. A refused op leaves no trace.
Var record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
           std::source_location where);
inline Var record(const Op& op, std::initializer_list<const Operand*> operands, std::span<const Word> words,
                  std::source_location where) {
  return record(op, std::span(operands.begin(), operands.size()), words, where);
}

struct Recording;

/// A state of a tape's recording, to go back to.
struct TapeMark {
  std::uint32_t head;
  std::uint32_t size;
  std::uint32_t runs;
  std::uint32_t updates;  ///< of buffers, that wait
  const Recording* recording;
};

/// A function that records several ops. If an exception leaves the scope of the object, everything recorded since its
/// construction is taken back, so that the function leaves no trace. At least one operand must be on a tape (ValueError).
class Composite {
 public:
  Composite(std::string_view name, std::span<const Operand* const> operands, std::source_location where);
  Composite(std::string_view name, std::initializer_list<const Operand*> operands, std::source_location where)
      : Composite{name, std::span(operands.begin(), operands.size()), where} {}
  Composite(const Composite&) = delete;
  Composite& operator=(const Composite&) = delete;
  ~Composite();

  TapeState& state() const noexcept { return state_; }
  /// One of the operands as a value on their tape: tensors, parameters and numbers become leaves.
  Var on_tape(const Operand& operand, std::span<const Operand* const> operands, std::source_location where) const;

 private:
  TapeState& state_;
  std::string_view name_;  ///< as long as the caller's
  TapeMark mark_;
  int exceptions_;
};

/// An operand as an error's text names it.
struct Named {
  std::string_view label;
  const Operand& operand;
};

/// The text of an error of a function made of several ops, as Signature::message writes it for one op.
std::string refusal(std::string_view name, std::string_view rule, std::initializer_list<Named> operands,
                    std::source_location where, std::string_view hint = {});
/// The text for operands without labels, which are called operand 1, operand 2, ….
std::string refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                    std::source_location where, std::string_view hint = {});

}  // namespace capstan::engine
