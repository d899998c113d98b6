// Instruction: what a plan does in one go.
#pragma once

#include <cstdint>

#include <capstan/graph/op.hpp>

#include "tape/recording.hpp"

namespace capstan {

struct Instruction {
  enum class Kind : std::uint8_t { group, fold, product, call, copy, stream };

  NodeId node;                  ///< of a group or a stream, its last
  const Op* op;                 ///< whose value it is, which need not be the op of the node as it was recorded
  std::uint32_t first_pointer;  ///< inputs, then what is written: outputs, then the scratch; see Group and Stream
  std::uint32_t input_count;
  std::uint32_t pointer_count;
  std::uint32_t
      detail;  ///< in Plan::groups, folds, products or streams; call and copy: in Plan::arrays, inputs then output
  std::uint32_t first_word;  ///< of a call
  std::uint16_t word_count;
  Kind kind;
  bool accumulate;  ///< product: it is added to what the output holds
  bool again;       ///< its value is computed late, mostly a second time

  /// True if it is one op's, which makes the value of one node.
  bool computes_node() const noexcept { return kind != Kind::group && kind != Kind::copy && kind != Kind::stream; }
};

}  // namespace capstan
