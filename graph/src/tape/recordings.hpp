// Recordings: the recordings that a tape keeps – the current one and earlier ones of another structure, each with its
// plans – and the switch from one to another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tape/recording.hpp"

namespace capstan {

class Recordings {
 public:
  Recordings() { now_ = &empty(); }

  Recording& now() noexcept { return *now_; }
  const Recording& now() const noexcept { return *now_; }

  /// To be called if the node at the head differs from the one that is recorded now. Switches to a recording that has
  /// that node there and returns true; if there is none, begins a new one with the nodes so far and returns false.
  bool switch_at(NodeId head, const NodeKey& key, const ArrayType& type);

 private:
  Recording* find(NodeId head, const NodeKey& key, const ArrayType& type) const noexcept;
  Recording& empty();

  std::vector<std::unique_ptr<Recording>> all_;
  Recording* now_;
  std::uint64_t clock_ = 0;  ///< counts the switches, to find the least recently used recording
};

}  // namespace capstan
