#include "run/values.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor_access.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "run/bind.hpp"
#include "tape/describe.hpp"
#include "tape/leaf.hpp"

namespace capstan {

namespace {

bool is_written(const Recording& recording, NodeId id) noexcept {
  const Leaf& leaf = recording.leaves[recording.nodes[id].detail];
  return leaf.value.version() != leaf.version;
}

/// Throws the error for a leaf that was written after it was recorded.
[[noreturn]] void refuse_written(const Recording& recording, NodeId id, std::source_location where) {
  const Node& node = recording.nodes[id];
  throw StaleValueError{fmt::format(
      "value: one of its inputs was written at {}, after it was recorded at {}\n  input: {}\n"
      "  read the value before the step that writes, call tape.keep(x) for what is read later, or record it again "
      "after tape.rewind()\n  at {}",
      place(recording.leaves[node.detail].value.storage()->written()), place(recording.line(id)),
      describe(recording, id), place(where))};
}

}  // namespace

Tensor Values::value(NodeId id, std::source_location where) {
  if (is_leaf(*node(id).op)) return read_leaf(id, where);
  const Result& result = read(id, where);
  const Tensor lying = tensor(id, result, where);
  return result.small ? memory_.copy(lying) : lying;
}

double Values::item(NodeId id, std::source_location where) {
  if (is_leaf(*node(id).op)) return read_leaf(id, where).item();
  const Result& result = read(id, where);
  const std::byte* const lies = check_filled(id, result, where).storage->data() + bytes_in(result.offset);
  return visit_dtype(node(id).dtype, [lies]<class T>(T element) {
    std::memcpy(&element, lies, sizeof element);
    return static_cast<double>(element);
  });
}

void Values::keep(NodeId id) {
  if (!is_leaf(*node(id).op)) recorder_.now().mark_keep(id, Keep::asked);
}

/// Computes a value that the program reads, and marks it so that it is kept in later repetitions.
const Result& Values::read(NodeId id, std::source_location where) {
  Recording& now = recorder_.now();
  const NodeId whole = now.root(id);  // a view's underlying value, which is kept, too, for others that read it
  if (!is_leaf(*node(whole).op)) now.mark_keep(whole, Keep::read);
  now.mark_keep(id, Keep::read);
  const std::array<NodeId, 2> wanted{id, whole};
  compute(std::span{wanted}.first(whole == id ? 1 : 2), where);
  return *results_.find(id);
}

void Values::compute(std::span<const NodeId> wanted, std::source_location where) {
  find_missing(wanted);
  if (missing_.empty()) return;
  if (results_.add_scalars()) find_missing(wanted);
  if (missing_.empty()) return;
  recorder_.calls().check_running("value", where);
  run(plans_.plan_for(missing_, where), where);
}

void Values::find_missing(std::span<const NodeId> wanted) {
  missing_.clear();
  for (const NodeId id : wanted) {
    if (!is_leaf(*node(id).op) && results_.find(id) == nullptr) missing_.push_back(id);
  }
}

void Values::run(const std::shared_ptr<Plan>& plan, std::source_location where) {
  check_versions(*plan, where);
  results_.reserve(*plan);
  Run run{.plan = plan, .memory = memory_.take_for(*plan)};
  bind_pointers(*plan, run.memory, recorder_.now(), results_);
  {
    const Calls::Call call{recorder_.calls(), Calls::Function::forward};
    execute(*plan, recorder_.now());
  }
  plans_.note_run(*plan);
  results_.add(std::move(run));
}

void Values::check_versions(const Plan& plan, std::source_location where) const {
  for (const External& external : plan.externals) {
    const NodeId id = external.node;
    if (external.kind == External::Kind::leaf && is_written(recorder_.now(), id))
      refuse_written(recorder_.now(), id, where);
    if (external.kind == External::Kind::value) check_filled(id, *results_.find(id), where);
  }
}

/// Returns the memory of a computed value. StaleValueError if somebody has written there.
const Filled& Values::check_filled(NodeId id, const Result& result, std::source_location where) const {
  const Filled& memory = results_.memory_of(result);
  if (memory.storage->version() == memory.version) return memory;
  throw StaleValueError{
      fmt::format("value: its memory was overwritten at {}, through a tensor that was read from this tape\n  {}\n"
                  "  write into a copy() of such a tensor; then rewind the tape and record again\n  at {}",
                  place(memory.storage->written()), describe(recorder_.now(), id), place(where))};
}

/// A tensor over the memory of a computed value.
Tensor Values::tensor(NodeId id, const Result& result, std::source_location where) const {
  const StoragePtr& memory = check_filled(id, result, where).storage;
  const Node& n = node(id);
  return TensorAccess::make(memory, memory->data() + bytes_in(result.offset), *n.shape, n.dtype);
}

void Values::show(NodeId id, bool may_share, Tensor& dx, std::source_location where) {
  const Node& n = node(id);
  if (is_leaf(*n.op)) {
    dx = read_leaf(id, where);
    return;
  }
  const Result& result = *results_.find(id);
  if (!may_share || result.shared || result.small) {
    dx = memory_.copy(tensor(id, result, where));
    return;
  }
  const StoragePtr& memory = check_filled(id, result, where).storage;
  if (dx.dtype() != n.dtype || dx.shape() != *n.shape) dx = TensorAccess::make({}, nullptr, *n.shape, n.dtype);
  TensorAccess::move_to(dx, memory, memory->data() + bytes_in(result.offset));
}

Tensor Values::lying(NodeId id, std::source_location where) const {
  const Recording& now = recorder_.now();
  if (!holds_tensor(*node(id).op)) return tensor(id, *results_.find(id), where);
  if (is_written(now, id)) refuse_written(now, id, where);
  return now.leaves[node(id).detail].value;
}

/// Copies a leaf: the memory of a parameter changes with the next step.
Tensor Values::read_leaf(NodeId id, std::source_location where) {
  const Recording& now = recorder_.now();
  const Node& n = node(id);
  if (is_number(*n.op)) return memory_.copy(now.number(n), {}, {}, n.dtype);
  if (is_written(now, id)) refuse_written(now, id, where);
  return memory_.copy(now.leaves[n.detail].value);
}

void Values::rewind() {
  results_.clear([this](Run& run) { memory_.give_back(run); });
  memory_.end_step();
  plans_.rewind();
}

}  // namespace capstan
