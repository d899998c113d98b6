// NodeView: what a node of a tape is, for drawing, analysis and export. `tape.node(id)` gives it.
//
//   for (std::uint32_t id = 0; id < tape.size(); ++id) fmt::print("{} {}\n", id, tape.node(id).describe());
#pragma once

#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/description.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

/// A node of a tape. A view is valid as long as a Var: until its tape is rewound or destroyed. Using it later throws
/// StaleVarError. The text, shape and inputs that it gives are in the tape's memory: copy what you keep while more is
/// recorded.
///
/// A node is a leaf if it has no inputs. `op` is "constant", "variable", "parameter" or "number" then; otherwise it is
/// the name of an operation, or of a user's CustomOp. Inputs have smaller ids than the node.
class NodeView {
 public:
  // What the node is: the user's line is the one that recorded it this time, and only variables and parameters have a
  // name of their own.
  std::uint32_t id() const noexcept { return var_.id(); }
  std::string_view op() const;
  std::string_view name() const;
  const Shape& shape() const;
  DType dtype() const;
  std::source_location where() const;
  std::span<const std::uint32_t> inputs() const;

  /// What the op was given besides its inputs, in the order of its options.
  ///
  /// - Options have the names that the public functions give them, and the values that the user gave, or the defaults:
  ///   a negative axis counts from the end, an empty list of axes stands for all of them (in transpose: in reverse
  ///   order), SliceOptions::to_end for the end.
  /// - An einsum of many operands is recorded as products of two; "axes" is the product's own, with letters from a on.
  /// - Operations that only gradients record have attributes of their own. A number has its "value". All other leaves and
  ///   a CustomOp have none.
  std::vector<Attribute> attributes() const;

  /// All of it in one line: `slice {axis: 1, start: 0, stop: 5, step: 1} (3, 5) at train.cpp:40`.
  std::string describe() const;

  /// The value, to be read or computed with: of a constant or parameter, the tensor.
  const Var& var() const noexcept { return var_; }

 private:
  friend class Tape;
  NodeView(const Var& var, std::source_location taken) noexcept : var_{var}, taken_{taken} {}

  const engine::TapeState& state() const;

  Var var_;
  std::source_location taken_;  ///< where the view was asked for, for errors
};

}  // namespace capstan
