// Draft: a plan whose pointers are offsets in buffers, which have no place in memory yet. The pass emit makes it, the pass
// place makes the plan of it.
#pragma once

#include <cstdint>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/plan.hpp"
#include "plan/program.hpp"

namespace capstan::plan {

struct Draft {
  Plan plan;
  bool is_bounded = false;  ///< the arena should fit a budget
  PodVector<Buffer> buffers;
  PodVector<std::uint32_t> output_buffers;  ///< per output
  PodVector<std::uint32_t> buffer_of;       ///< per pointer; none: it points outside
  /// Per pointer that is laid out exactly like a group's tiles: the last step of the group that reads it, or the one that
  /// writes it. None for every other pointer.
  PodVector<std::uint32_t> turn;
};

}  // namespace capstan::plan
