// Recompute: which forward values are computed again in backward in place of being kept, by a minimum cut between what
// is made in forward and what backward reads; and the rewrite in which they are.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "plan/plan.hpp"
#include "plan/rewrite.hpp"
#include "plan/select.hpp"

namespace capstan {

/// Of each needed node, for which of backward's readers it is computed again: a number that they share with what it is
/// computed from, or `not_again`.
using Again = PodVector<std::uint32_t>;
constexpr std::uint32_t not_again = std::numeric_limits<std::uint32_t>::max();

/// What costs less time to compute again than to write and read: cheap values, in the group that reads them, of what
/// it reads anyway. Empty if there are none.
Again recompute_cheap(const PlanRequest& request, const Work& work);

/// How much is computed again to save memory.
struct Saving {
  std::uint32_t part;      ///< of so many …
  std::uint32_t parts;     ///< … of forward: the first ones, whose values wait longest
  std::uint32_t segments;  ///< into which forward is cut: what crosses from one to a later one is not computed again
  bool products;           ///< and all else that is neither elementwise nor a reduction; but for the last segment's
};

/// What to try, the one that computes least again first.
std::vector<Saving> savings();

/// What costs less memory to compute again. Empty if there is nothing.
Again recompute_for_memory(const PlanRequest& request, const Work& work, const Saving& saving);

/// Each value is computed again right before the first that reads it.
Rewrite rewrite_again(const PlanRequest& request, const Work& work, const Again& again);

}  // namespace capstan
