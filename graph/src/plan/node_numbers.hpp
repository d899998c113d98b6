// NodeNumbers: a small number for each of some nodes of a recording. All are forgotten in constant time, and the memory is
// kept from plan to plan.
#pragma once

#include <cstdint>

#include <capstan/tensor/pod_vector.hpp>
#include "tape/recording.hpp"

namespace capstan {

class NodeNumbers {
 public:
  /// Forgets all numbers; node ids are below `nodes`.
  void clear(std::size_t nodes) {
    const std::size_t known = entries_.size();
    if (nodes > known) entries_.resize(nodes);
    for (std::size_t i = known; i < nodes; ++i) entries_[i] = {0, 0};
    if (++stamp_ != 0) return;
    entries_.assign(entries_.size(), {0, 0});  // wrapped: old stamps could come true again
    stamp_ = 1;
  }

  bool contains(NodeId id) const noexcept { return entries_[id].stamp == stamp_; }
  void set(NodeId id, std::uint32_t number) noexcept { entries_[id] = {stamp_, number}; }
  /// The number of a node that is contained.
  std::uint32_t operator[](NodeId id) const noexcept { return entries_[id].number; }

 private:
  struct Entry {
    std::uint32_t stamp;
    std::uint32_t number;
  };
  PodVector<Entry> entries_;
  std::uint32_t stamp_ = 0;
};

}  // namespace capstan
