// Program: a plan while it is being made. Each pass (passes.hpp) writes its own part, from top to bottom: the values that
// are computed, the units that run together, the steps with the memory of what they read and write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/plan.hpp"

namespace capstan::plan {

/// The number of a value in its program. Programs are dense: what a pass knows of values is an array indexed by ValueId.
using ValueId = std::uint32_t;
constexpr std::uint32_t none = UINT32_MAX;

/// One value of a program. Two values of one node differ in when they are computed: one of them is recomputed.
struct Value {
  const Op* op;
  const Shape* shape;  ///< one object per shape, so that shapes are compared by their addresses
  NodeId node;
  std::uint32_t first_input;  ///< in Values::inputs; a source has no inputs
  std::uint32_t input_count;
  std::uint32_t first_word;  ///< in Values::words
  std::uint16_t word_count;
  DType dtype;
  bool is_source : 1;       ///< a leaf, or the value of an earlier run: it is not computed
  bool is_view : 1;         ///< it shows its input's memory with another layout
  bool is_output : 1;       ///< it is read after the run
  bool is_backward : 1;     ///< it belongs to the last gradients and depends on their cotangent
  bool is_recomputed : 1;   ///< it is computed right before backward reads it, in most cases a second time
  bool is_accumulated : 1;  ///< it is computed while it is added to another value; set by the pass accumulate

  std::int64_t bytes() const { return shape->elements() * static_cast<std::int64_t>(size_of(dtype)); }
  bool is_scalar() const { return shape->elements() == 1; }
  Kind kind() const { return op->kind(); }
};
static_assert(sizeof(Value) <= 40);

/// True if elementwise ops with these values may run in one group.
inline bool same_domain(const Value& a, const Value& b) { return a.shape == b.shape && a.dtype == b.dtype; }

/// The values of a program, in a topological order. Written by the passes select and recompute.
struct Values {
  PodVector<Value> all;
  PodVector<ValueId> inputs;
  PodVector<Word> words;
  PodVector<Computation> computations;  ///< per value; each op was asked once
  std::vector<ValueId> wanted;          ///< as the request lists them
  std::uint32_t first_backward = 0;     ///< the first value that was recorded with the last gradients, or size()

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(all.size()); }
  const Value& operator[](ValueId v) const noexcept { return all[v]; }
  std::span<const ValueId> inputs_of(ValueId v) const noexcept {
    return {inputs.data() + all[v].first_input, all[v].input_count};
  }
  std::span<const Word> words_of(ValueId v) const noexcept {
    return {words.data() + all[v].first_word, all[v].word_count};
  }
  /// The computation of a value that is no source, if it is of kind K; else null.
  template <class K>
  const K* as(ValueId v) const noexcept {
    return std::get_if<K>(&computations[v]);
  }
};

/// Values that run together, in an order in which they can run. Written by the pass fuse.
struct Units {
  PodVector<ValueId> members;       ///< unit after unit; ascending within a unit
  PodVector<std::uint32_t> ends;    ///< per unit: where its members end
  PodVector<bool> is_read_outside;  ///< per value: another unit reads it
};

/// Where a value lies, or a copy of it: in a buffer of the plan, or outside.
struct Location {
  std::uint32_t buffer = none;   ///< none: outside
  std::uint32_t base = 0;        ///< outside: as Place::base
  std::int64_t offset = 0;       ///< in bytes
  std::uint32_t strides = none;  ///< in Steps::strides; none: row-major
};

/// A value as a step reads or writes it.
struct Operand {
  ValueId value;
  Location at;
};

/// Memory that one instruction writes first. Outputs live until the run ends, other buffers until their last reader.
struct Buffer {
  std::size_t bytes;
  std::size_t offset = 0;      ///< in its region, where that is not the arena
  std::uint32_t last_use = 0;  ///< instruction; none for outputs
  Region region = Region::arena;
};

/// What becomes one instruction. A view takes none.
struct Step {
  Instruction::Kind kind;
  ValueId computes;          ///< the value whose op runs; of a group, its last member; of a copy, what is copied
  Operand to;                ///< where the result goes; of a group, the locations of its members say that
  bool accumulates = false;  ///< a product that is added to what lies there
  std::uint32_t first_member = 0, member_count = 0;  ///< of a group, in Units::members; of a stream, in Steps::streamed
  std::uint32_t first_operand = 0, operand_count = 0;
};

/// The steps of a program and the memory that they read and write. Written by the pass lay; stream joins steps.
struct Steps {
  PodVector<Step> all;         ///< in the order in which they run
  std::vector<Step> streamed;  ///< the three steps of each stream
  PodVector<Operand> operands;
  PodVector<Location> locations;  ///< per value, where it has memory of its own or is a view or a source
  std::vector<Strides> strides;
  PodVector<Buffer> buffers;
  std::size_t buffer_bytes = 0;  ///< all buffers together
  std::size_t scalar_bytes = 0;  ///< the size of Region::scalars
  std::vector<External> externals;
  std::vector<Operand> outputs;  ///< what is read after the run
  std::vector<ValueId> scalars;  ///< values of one element that may be read after the run

  std::span<const Operand> operands_of(const Step& step) const noexcept {
    return {operands.data() + step.first_operand, step.operand_count};
  }
};

struct Program {
  explicit Program(const PlanRequest& of) : request{&of} {}

  const PlanRequest* request;
  Values values;
  PodVector<ValueId> accumulated;  ///< per value: of an addition, the operand that is added as it is computed; or none
  Units units;
  Steps steps;
};

/// True if a value that a group computes is written to memory.
inline bool leaves_group(const Program& program, ValueId v) {
  const Value& value = program.values[v];
  return program.units.is_read_outside[v] || value.is_output || value.is_scalar();
}

/// The layout and the array of an operand; the array's memory is not bound yet.
Layout layout_of(const Program& program, const Operand& x);
Array array_of(const Program& program, const Operand& x);

/// Enters a buffer for a value or for the scratch of computing it.
///
/// Throws    ShapeError where all buffers together do not fit a region: no offset wraps, however they are laid out.
std::uint32_t add_buffer(const Program& program, PodVector<Buffer>& buffers, std::size_t& total, std::size_t bytes,
                         ValueId value);

/// Throws    ShapeError where the values have so many bytes together that sums of them, and what it costs to keep or to
///           move them, would not fit 63 bits.
void check_bytes(const Program& program);

/// Throws a ShapeError that names the node: it and others are too large together.
[[noreturn]] void refuse_bytes(const Recording& recording, NodeId node);

}  // namespace capstan::plan
