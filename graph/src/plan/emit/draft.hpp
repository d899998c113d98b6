// Draft: a plan whose pointers are offsets in buffers, which have no place in memory yet. The pass emit makes it, the pass
// place makes the plan of it.
#pragma once

#include <cstdint>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/plan.hpp"
#include "plan/program.hpp"

namespace capstan::plan {

/// What a pointer points into.
struct Target {
  std::uint32_t buffer;  ///< none: outside
  /// If the memory is laid out exactly like a group's tiles: the last step of the group that reads it, or the step that
  /// writes it. None otherwise.
  std::uint32_t turn;
};

struct Draft {
  Plan plan;
  bool is_bounded = false;  ///< the arena should fit a budget
  PodVector<Buffer> buffers;
  std::vector<std::uint32_t> output_buffers;  ///< per output
  PodVector<Target> targets;                  ///< per pointer
};

}  // namespace capstan::plan
