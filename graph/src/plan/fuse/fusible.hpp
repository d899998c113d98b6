// Which reductions can be fused into the group that computes their input.
#pragma once

#include <optional>

#include "plan/group.hpp"
#include "plan/program.hpp"

namespace capstan::plan {

/// A reduction that a group can compute from its tiles as they are made.
struct FusibleReduction {
  ValueId value;
  std::int64_t extent;  ///< elements of a row
  FusedReduction::Kind kind;
};

/// Nothing if the folded axes are neither all of the innermost ones nor all of the outermost ones, or have no element.
std::optional<FusibleReduction> fusible_reduction_of(const Values& values, ValueId value, const Fold& fold);

}  // namespace capstan::plan
