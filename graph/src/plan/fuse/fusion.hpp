// Fusion: which of the needed nodes run together. Elementwise nodes of one shape and dtype that hand values to one
// another become a group, and reductions of their values close it. Everything else is a unit of its own.
#pragma once

#include <cstdint>
#include <span>

#include <capstan/graph/computation.hpp>
#include <capstan/tensor/pod_vector.hpp>
#include "plan/node_numbers.hpp"
#include "tape/recording.hpp"

namespace capstan {

/// What the ops of a plan's nodes answered; each was asked once.
using Computations = PodVector<Computation>;

/// The nodes of a plan, in ascending order.
struct NeededNodes {
  const Recording& recording;
  std::span<const NodeId> nodes;
  const Positions& positions;
  const PodVector<bool>& is_source;  ///< of each: it need not be computed
  const PodVector<bool>& is_output;  ///< of each: it is read after the plan has run
  const Computations& computations;  ///< of each: how it is made
};

struct Fusion {
  PodVector<NodeId> nodes;            ///< unit by unit, in an order in which they can run; ascending within a unit
  PodVector<std::uint32_t> unit_end;  ///< in `nodes`
  PodVector<bool> leaves_unit;        ///< of each node of the plan: another unit reads it
  PodVector<NodeId> addend;           ///< of each addition, the operand that is made only as it is added to the other
};

Fusion fuse(const NeededNodes& needed);

}  // namespace capstan
