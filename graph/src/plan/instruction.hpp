// Instruction: what a plan does in one go.
#pragma once

#include <cstdint>

#include <capstan/graph/op.hpp>

#include "tape/recording.hpp"

namespace capstan {

struct Instruction {
  enum class Kind : std::uint8_t { group, fold, product, call, copy, stream };

  NodeId node;                  ///< whose value it computes; for a group or a stream, the last one
  const Op* op;                 ///< what it runs; a pass may have replaced the op that was recorded
  std::uint32_t first_pointer;  ///< inputs, then what is written: outputs, then the scratch; see Group and Stream
  std::uint32_t input_count;
  std::uint32_t pointer_count;
  std::uint32_t
      detail;  ///< index in Plan::groups, folds, products or streams; for a call or copy in Plan::arrays: inputs, then output
  std::uint32_t first_word;  ///< of a call, in Plan::words
  std::uint16_t word_count;
  Kind kind;
  bool accumulate;     ///< the product is added to the values that the output holds
  bool is_recomputed;  ///< its value is recomputed for backward

  /// True if it runs one op, which computes the value of one node.
  bool computes_node() const noexcept { return kind != Kind::group && kind != Kind::copy && kind != Kind::stream; }
};

}  // namespace capstan
