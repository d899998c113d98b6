// Planner: from the nodes that a wanted value needs to a flat list of instructions. Dead nodes are dropped, views
// become strides (planner.cpp), elementwise nodes run in groups (fusion.cpp, emit/group.cpp), and every intermediate
// gets an offset in one block (planner_memory.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "plan/place/offsets.hpp"
#include "plan/plan.hpp"
#include "plan/select.hpp"

namespace capstan {

class GroupBuilder;

class Planner {
 public:
  Planner(const PlanRequest& request, Work work)
      : request_{request}, recording_{request.recording}, work_{std::move(work)} {}

  Plan make();

 private:
  friend class GroupBuilder;

  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  /// Memory that one instruction writes.
  struct Buffer {
    std::size_t bytes;
    std::uint32_t last_use = 0;     ///< instruction; `none` for outputs, which live on
    std::uint32_t lifetime = none;  ///< in lifetimes_; one that lies over another shares it
    Region region = Region::block;
    std::size_t offset = 0;  ///< in its region, if that is not the block
  };

  /// Where a value is, in a buffer or outside the block, and how it lies there.
  struct Value {
    std::uint32_t buffer = none;
    std::uint32_t base = 0;
    std::int64_t offset = 0;       ///< bytes from the start of the buffer or base
    std::uint32_t strides = none;  ///< in strides_; `none` for row-major
  };

  /// What a group that is being built knows of a node that it makes or reads.
  struct InGroup {
    std::uint32_t group = 0;  ///< which one knows it
    std::uint32_t slot = none;
    std::uint32_t operand = none;  ///< `none` for what the group makes itself
    std::uint32_t last_read = 0;   ///< step; `none` for what is read after the last step
    std::uint32_t written = 0;     ///< step
    bool freed = false;            ///< its register may be another's
  };

  const Node& node(NodeId id) const { return recording_.nodes[id]; }
  /// How a node is made, if it is of that kind; else null.
  template <class K>
  const K* as(NodeId id) const {
    return std::get_if<K>(&work_.computations[at(id)]);
  }
  std::uint32_t at(NodeId id) const { return request_.positions[id]; }
  Value& value(NodeId id) { return values_[at(id)]; }
  std::size_t bytes_of(NodeId id) const { return static_cast<std::size_t>(node(id).bytes()); }

  bool is_single(NodeId id) const { return node(id).shape->elements() == 1; }
  /// Whether the value is read after the plan has run.
  bool is_output(NodeId id) const { return work_.is_output[at(id)]; }

  void emit_source(NodeId id);
  void emit_unit(std::span<const NodeId> unit);
  void emit_view(NodeId id, const Node& n);
  void emit_group(std::span<const NodeId> members);
  void emit_fold(NodeId id);
  void emit_call(NodeId id);
  /// Writes the product that is the value of `of` to `out` or, where it is an addend, adds it to what lies there: `id` is
  /// what is made so.
  void emit_product(NodeId id, NodeId of, const Value& out, bool accumulate);
  /// A node's input, or a copy that lies as a factor of the product may.
  Value factor(NodeId input, const Contraction::Factor& lies);
  /// The pointers of the instruction made last: inputs, output, scratch for making the value of a node.
  void point_all(std::span<const Value> inputs, const Value& out, std::size_t scratch, NodeId id);
  std::optional<MatrixVector> front_of_stream(const Instruction& made) const;
  template <class IsWanted>
  std::optional<Stream::Product> find_front(std::uint32_t end, std::int64_t count, IsWanted is_wanted) const;
  std::optional<Stream::Middle> find_middle(std::uint32_t buffer) const;
  bool reads(const Instruction& made, std::uint32_t buffer) const;
  bool writes(const Instruction& made, std::uint32_t buffer) const;
  bool waits_for(const Instruction& made, const Instruction& other) const;
  bool reads_in_turn(const Instruction& made, const Instruction& product) const;
  bool may_wait(std::uint32_t in, std::uint32_t between) const;
  const Stream* stream_of_group(std::uint32_t instruction) const;
  /// Whether a group of so many elements that comes next may be the middle of a stream.
  bool may_stream(std::int64_t count) const;
  /// The stream that a product would end, if it were the next instruction.
  std::optional<Stream> find_stream(const kernels::ProductTask& product, std::span<const Value> values) const;
  void add_stream(Stream stream);
  Value emit_copy(NodeId id, const Value& from);
  Value emit_copy(NodeId id, const Value& from, const Strides& strides);
  void emit_output(NodeId id);

  Value external(External::Kind kind, NodeId id);
  Layout layout(NodeId id, const Value& v) const;
  void set_strides(Value& v, const Shape& shape, const Strides& strides);
  Array array(NodeId id, const Value& v) const;
  Instruction& instruction(NodeId id, Instruction::Kind kind);
  void point(const Value& v, std::uint32_t turn = none);
  std::uint32_t new_buffer(std::size_t bytes, NodeId id);  ///< for making the value of a node
  std::uint32_t new_buffer(NodeId id);                     ///< for the value itself

  void assign_offsets();
  void place_in_block();
  void place_outputs_apart();
  void place_singles_in_block();
  /// When a group's step reads or writes a buffer.
  struct Turn {
    std::size_t bytes;
    std::uint32_t turn;
    std::uint32_t buffer;
  };
  static bool earlier(const Turn& a, const Turn& b);
  static void keep_last_turns(std::vector<Turn>& turns);
  void cover_inputs(const Instruction& made);
  void resolve();

  const PlanRequest& request_;
  const Recording& recording_;
  Work work_;
  Plan plan_;
  PodVector<bool> is_addend_;  ///< of each needed node, as all that follow
  PodVector<Value> values_;
  PodVector<InGroup> in_group_;
  std::vector<Strides> strides_;
  PodVector<Buffer> buffers_;
  std::size_t buffer_bytes_ = 0;  ///< of all of them
  std::vector<Lifetime> lifetimes_;
  PodVector<std::uint32_t> output_buffers_;  ///< of each output
  PodVector<std::uint32_t> buffer_of_;       ///< of each pointer
  PodVector<std::uint32_t> turn_;            ///< of each pointer that lies exactly as a group's tiles do: the last step
                                             ///< that reads it, or the one that writes it; `none` for all others
};

}  // namespace capstan
