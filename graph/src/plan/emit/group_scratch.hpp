// The scratch of a group: for each worker its tile buffers, slots, and leaves of folds; after them what all workers
// share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/container/small_vector.hpp>

#include "plan/group.hpp"

namespace capstan {

struct GroupScratch {
  std::size_t bytes = 0;                                         ///< of all of it
  boost::container::small_vector<std::size_t, 16> tile_buffers;  ///< offsets of the first worker's
};

/// Lays out the scratch of a group that has so many tile buffers, on so many threads at most, and writes the offsets
/// into the group and its reductions.
GroupScratch lay_scratch(Group& group, std::span<FusedReduction> reductions, std::uint32_t tile_buffers, int threads);

}  // namespace capstan
