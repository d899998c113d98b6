// The scratch of a group: for each thread its registers, slots, and leaves of folds; after them what all threads share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/container/small_vector.hpp>

#include "plan/group.hpp"

namespace capstan {

struct GroupScratch {
  std::size_t bytes = 0;                                      ///< of all of it
  boost::container::small_vector<std::size_t, 16> registers;  ///< offsets of the first thread's
};

/// Lays out the scratch of a group that has so many registers, on so many threads at most, and writes the offsets into the
/// group and its closings.
GroupScratch lay_scratch(Group& group, std::span<Closing> closings, std::uint32_t registers, int threads);

}  // namespace capstan
