#include "tape/recorder.hpp"

#include <atomic>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/sizes.hpp>

#include "tape/custom/function_op.hpp"

namespace capstan {

/// Counts for the whole process, so that a Var of a tape that is gone cannot be taken for one of a new tape at the same
/// address. 0 is the generation of empty Vars.
std::uint32_t Recorder::next_generation() noexcept {
  static std::atomic<std::uint32_t> last{0};
  std::uint32_t next = 0;
  while (next == 0) next = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return next;
}

void Recorder::begin_generation() noexcept {
  generation_ = next_generation();
  home_.generation.store(generation_, std::memory_order_relaxed);
}

void Recorder::refuse(const Var& x, std::string_view what, std::source_location where) {
  if (!x.is_current()) refuse_stale(x, what, where);
  throw ValueError{fmt::format("{}: the Var belongs to another tape\n  at {}", what, place(where))};
}

void refuse_stale(const Var& x, std::string_view what, std::source_location where) {
  throw StaleVarError{fmt::format("{}: {}\n  at {}", what,
                                  !x ? "the Var is empty"
                                  : x.is_orphan()
                                      ? "the tape of the Var is gone"
                                      : "the Var is of an earlier recording: record it again after tape.rewind()",
                                  place(where))};
}

NodeId Recorder::append_custom(const std::shared_ptr<const CustomDefinition>& definition,
                               std::span<const NodeId> inputs, std::source_location where) {
  if (head_ < now().nodes.size()) {
    const Node& next = now().nodes[head_];
    if (now().equals_custom(next, {*next.op, inputs, {}, definition.get()}) && bind_custom(next, definition, where))
      return pass(where);
  }
  const std::shared_ptr<FunctionOp> made = make_function_op(definition, inputs.size());
  const NodeId id = append_new({made->op(), inputs, made->words(), definition.get()}, where);
  std::shared_ptr<FunctionOp>& function = now().functions[node(id).detail];
  if (function) {
    function->bind(definition);
  } else {
    function = made;
  }
  return id;
}

/// Binds a node of a user's op to the op that is recorded now, if its output keeps its shape.
bool Recorder::bind_custom(const Node& n, const std::shared_ptr<const CustomDefinition>& definition,
                           std::source_location where) {
  FunctionOp& function = *now().functions[n.detail];
  if (function.definition() == definition) return true;
  if (definition->options.shape) {
    const CallFunctionOp op{definition};
    const ArrayType type = infer({op, now().inputs(n), {}}, where);
    if (type.dtype != n.dtype || type.shape != *n.shape) return false;
  }
  function.bind(definition);
  return true;
}

ArrayType Recorder::infer(const NodeKey& key, std::source_location where) {
  const Calls::Call call{calls_, Calls::Function::shape};
  const Signature signature{*this, key.op, key.inputs, key.words, where};
  const ArrayType type = key.op.infer(signature);
  // Later code relies on this: the bytes of a node fit in 63 bits.
  if (!bytes_of(type.shape, type.dtype)) {
    throw ShapeError{signature.message(
        fmt::format("the result would have more bytes than 63 bits count: {} of {}", type.shape, type.dtype), {})};
  }
  return type;
}

NodeId Recorder::append_new(const NodeKey& key, std::source_location where) {
  where = calls_.line(where);
  const ArrayType type = infer(key, where);
  if (head_ == no_node) throw ValueError{"a tape holds at most 4294967295 nodes"};
  if (head_ < now().nodes.size() && recordings_.switch_at(head_, key, type)) return pass(where);
  now().push(key, type.dtype, intern(type.shape, key), where);
  return head_++;
}

void Recorder::roll_back(NodeId head, NodeId size, const Recording* recording) noexcept {
  const NodeId keep = &now() == recording ? size : head;
  if (head_ == now().nodes.size() && now().nodes.size() > keep) now().truncate(keep);
  now().segments.take_back(head);
  head_ = head;
}

void Recorder::rewind() noexcept {
  begin_generation();
  head_ = 0;
  now().release_leaves();
  now().segments.take_back_all();
  now().next_plan = 0;
}

const Shape* Recorder::intern(const Shape& shape, const NodeKey& key) {
  for (const NodeId input : key.inputs) {
    if (*node(input).shape == shape) return node(input).shape;
  }
  return &*shapes_.insert(shape).first;
}

}  // namespace capstan
