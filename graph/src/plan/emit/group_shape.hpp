// What a row, a tile and a part of a group are: they follow from shapes and layouts alone, so that sums have one order.
#pragma once

#include <cstdint>
#include <span>

#include "plan/group.hpp"

namespace capstan {

/// Finds row and tile of a group of `count` elements. A row is what a reduction folds, or else the run that strided
/// operands have: the axes of all operands, joined, end with `run` elements and are `axes`. Marks the reductions whose
/// leaves span tiles.
void shape_tiles(Group& group, std::span<FusedReduction> reductions, std::size_t axes, std::int64_t run);

/// Finds the elements of a part, which one worker takes in one go, for a group of `ops` ops. In a stream they are the chunk
/// whose products are summed by themselves (kernels::vector_stretch).
void shape_parts(Group& group, std::span<const FusedReduction> reductions, std::size_t ops, bool is_streamed);

/// True if no tile goes beyond a run of so many elements.
bool holds_tiles(const Group& group, std::int64_t run);
/// True if every tile begins with a run.
bool begins_tiles(const Group& group, std::int64_t run);

}  // namespace capstan
