// LeafRecorder: records tensors, parameters and numbers as leaves.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/graph/buffer.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/tensor.hpp>

#include "tape/leaf.hpp"
#include "tape/recorder.hpp"
#include "tape/stamped_map.hpp"

namespace capstan {

class LeafRecorder {
 public:
  explicit LeafRecorder(Recorder& recorder) : recorder_{recorder} {}

  NodeId constant(const Tensor& value, std::source_location where) { return leaf(constant_op(), value, where); }
  /// If it throws, the caller must take back a node that may have been recorded.
  NodeId variable(const Tensor& value, std::string_view name, std::source_location where);
  /// Not the same node for the same buffer: what is recorded after it was written has its new value. If it throws, the
  /// caller must take back a node that may have been recorded.
  NodeId buffer(const Buffer& b, std::source_location where);
  /// Returns the same node for the same parameter until the tape is rewound.
  NodeId parameter(const Parameter& p, std::source_location where);
  /// An i32 must be able to hold the value.
  NodeId number(double value, DType dtype, std::source_location where);
  void rewind() noexcept { parameters_.clear(); }

 private:
  NodeId leaf(const Op& kind, const Tensor& value, std::source_location where);
  bool is_node_of(NodeId id, const Parameter& p) const noexcept;

  Recorder& recorder_;
  StampedMap<const void*, NodeId> parameters_;  ///< the nodes since the last rewind, by the parameter's identity
};

}  // namespace capstan
