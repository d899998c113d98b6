// Fusion: which of the needed nodes run together. Elementwise nodes of one shape and dtype that hand values to one
// another become a group, and reductions of their values close it. Everything else is a unit of its own.
#pragma once

#include <cstdint>
#include <span>

#include "pod_vector.hpp"
#include "recording.hpp"

namespace capstan {

/// The nodes of a plan, in ascending order, from `first` on.
struct NeededNodes {
  const Recording& recording;
  std::span<const NodeId> nodes;
  NodeId first;
  const PodVector<bool>& is_source;  ///< from first: what need not be computed
};

struct Fusion {
  PodVector<NodeId> nodes;            ///< unit by unit, in an order in which they can run; ascending within a unit
  PodVector<std::uint32_t> unit_end;  ///< in `nodes`
  PodVector<bool> leaves_unit;        ///< from first: another unit reads it
};

Fusion fuse(const NeededNodes& needed);

}  // namespace capstan
