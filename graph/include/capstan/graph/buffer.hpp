// Buffer: a named value that a model holds and that no optimizer changes, such as the running mean of a normalisation. It
// has no gradient. A layer says while it records what the buffer is to become, and it becomes that once a step, when the
// gradients of the step are computed:
//
//   const Var mean = ...;                                                       // of this batch
//   update(running_mean, 0.9 * latest(running_mean, mean) + 0.1 * mean);        // is written by tape.backward(cost)
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <utility>

#include <capstan/graph/state_tensor.hpp>

namespace capstan {

class Var;

/// A handle to a named value and its version. Copies are the same buffer; `clone` makes another. As an operand, it is a
/// leaf without a gradient.
class Buffer : public StateTensor {
 public:
  /// Takes a copy of the value, of any dtype, so that nobody else writes into it. ValueError for no tensor.
  Buffer(std::string name, const Tensor& value, std::source_location where = std::source_location::current())
      : StateTensor{Kind::buffer, std::move(name), value, where} {}
  /// Takes the tensor itself, without a copy, if nobody else looks at its memory, as at that of a new one.
  Buffer(std::string name, Tensor&& value, std::source_location where = std::source_location::current())
      : StateTensor{Kind::buffer, std::move(name), std::move(value), where} {}

  /// The buffer that this is; none where it is a parameter.
  static std::optional<Buffer> of(const StateTensor& x) {
    return x.kind() == Kind::buffer ? std::optional{Buffer{x}} : std::nullopt;
  }
  /// A buffer of its own with the same name and a copy of the value.
  Buffer clone(std::source_location where = std::source_location::current()) const {
    return {name(where), value(where), where};
  }

 private:
  explicit Buffer(const StateTensor& x) : StateTensor{x} {}
};

/// A buffer and where it stands in its model: `for (const auto& [name, buffer] : named_buffers(net))`.
struct NamedBuffer {
  std::string name;
  Buffer buffer;
};

/// Says what a buffer becomes: the next `backward` on the tape of `next` computes it together with the gradients, and
/// writes it once all of them are there. Where several updates of one buffer wait, they are written in their order.
/// Nothing else writes it: neither reading values nor `gradient`, and a rewind drops what waits. A `backward` that throws
/// writes nothing.
///
/// Throws    ShapeError and DTypeError for another shape or dtype than the buffer's; StaleVarError for a `next` of an
///           earlier recording; ValueError within a gradient rule.
void update(const Buffer& buffer, const Var& next, std::source_location where = std::source_location::current());

/// What a buffer becomes, as far as it is recorded on the tape of `beside`: the `next` of its last update that waits there;
/// the buffer itself, where none does. What a second update in one step should begin with.
///
/// Throws    StaleVarError for a `beside` of an earlier recording.
Var latest(const Buffer& buffer, const Var& beside, std::source_location where = std::source_location::current());

}  // namespace capstan
