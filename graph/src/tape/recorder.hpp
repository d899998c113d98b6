// Recorder: the head that moves over the current recording. A node that is recorded either equals the node at the head,
// which costs a comparison, or makes the recorder switch to another recording that goes on with it, or is appended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <unordered_set>

#include <capstan/graph/op.hpp>
#include <capstan/graph/var.hpp>

#include "tape/calls.hpp"
#include "tape/recordings.hpp"

namespace capstan {

struct ShapeHash {
  std::size_t operator()(const Shape& shape) const noexcept {
    std::size_t hash = shape.rank();
    for (const std::int64_t extent : shape) hash = hash * 0x100000001B3u + static_cast<std::size_t>(extent);
    return hash;
  }
};

class engine::Recorder {
 public:
  explicit Recorder(TapeHome& home) : home_{home} { begin_generation(); }

  NodeId head() const noexcept { return head_; }
  std::uint32_t generation() const noexcept { return generation_; }
  Recording& now() noexcept { return recordings_.now(); }
  const Recording& now() const noexcept { return recordings_.now(); }
  const Node& node(NodeId id) const noexcept { return now().nodes[id]; }
  Calls& calls() noexcept { return calls_; }
  const Calls& calls() const noexcept { return calls_; }
  Var var(NodeId id) const noexcept { return {home_, id}; }
  /// Throws StaleVarError, naming what was attempted, if x is of an earlier recording, ValueError if it is of another
  /// tape.
  void check(const Var& x, std::string_view what, std::source_location where) const {
    if (!is_current(x)) refuse(x, what, where);
  }
  bool is_current(const Var& x) const noexcept { return x.generation() == generation_ && x.home_ == &home_; }

  NodeId append(const NodeKey& key, std::source_location where) {
    if (head_ < now().nodes.size() && now().equals(now().nodes[head_], key)) return pass(where);
    return append_new(key, where);
  }
  NodeId append_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const NodeId> inputs,
                       std::source_location where);
  /// Moves the head over a node that is recorded again.
  NodeId pass(std::source_location where) {
    now().nodes[head_].where = calls_.line(where);
    return head_++;
  }
  /// Moves the head over the nodes of gradients that were found again.
  void pass(const GradientSegment& found, std::source_location where) noexcept {
    now().segments.pass(found, where);
    head_ = found.end;
  }

  /// Takes back what was recorded since the head was at `head`, on `recording` when it had `size` nodes.
  void roll_back(NodeId head, NodeId size, const Recording* recording) noexcept;
  /// Puts the head back to the start.
  void rewind() noexcept;

 private:
  [[noreturn]] static void refuse(const Var& x, std::string_view what, std::source_location where);
  static std::uint32_t next_generation() noexcept;
  void begin_generation() noexcept;
  NodeId append_new(const NodeKey& key, std::source_location where);
  ArrayType infer(const NodeKey& key, std::source_location where);
  bool bind_custom(const Node& n, const std::shared_ptr<const CustomDefinition>& definition,
                   std::source_location where);
  const Shape* intern(const Shape& shape, const NodeKey& key);

  TapeHome& home_;
  std::uint32_t generation_ = 0;  ///< of the Vars since the last rewind; unique in the process
  NodeId head_ = 0;
  Recordings recordings_;
  std::unordered_set<Shape, ShapeHash> shapes_;  ///< every shape once; the addresses of elements are stable
  Calls calls_;
};

/// Throws StaleVarError for a Var that is empty, of an earlier recording, or of a tape that is gone.
[[noreturn]] void refuse_stale(const Var& x, std::string_view what, std::source_location where);

}  // namespace capstan
