#include "plan/emit/group_shape.hpp"

#include <algorithm>
#include <bit>

#include <capstan/kernels/product/matrix_vector.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan {

namespace {

/// The shortest row that reductions of a kind fold; 0 where there are none.
std::int64_t shortest(std::span<const FusedReduction> reductions, FusedReduction::Kind kind) {
  std::int64_t extent = 0;
  for (const FusedReduction& reduction : reductions) {
    if (reduction.kind == kind) extent = extent == 0 ? reduction.extent : std::min(extent, reduction.extent);
  }
  return extent;
}

bool begins_tile(const Group& group, std::int64_t part) {
  if (group.row == group.count && group.row >= tile_elements) return part % tile_elements == 0;
  return group.row < tile_elements ? part % group.tile == 0
                                   : part % group.row == 0 || (group.row % part == 0 && part % tile_elements == 0);
}

}  // namespace

void shape_tiles(Group& group, std::span<FusedReduction> reductions, std::size_t axes, std::int64_t run) {
  const std::int64_t row = shortest(reductions, FusedReduction::Kind::rows),
                     column = shortest(reductions, FusedReduction::Kind::columns);
  group.row = axes == 0 ? group.count : run;
  if (column != 0 && axes < 2) group.row = column;
  if (row != 0) group.row = row;
  for (FusedReduction& reduction : reductions) {
    reduction.spans = reduction.kind == FusedReduction::Kind::rows && reduction.extent > row_block &&
                      reduction.extent != group.row && group.row % row_block != 0;
  }
  group.tile = tile_elements;
  if (group.row > 0 && group.row < tile_elements) {
    auto rows = static_cast<std::uint64_t>(tile_elements / group.row);
    // So that leaves of columns begin tiles; what fits one tile is one.
    if (column != 0 && group.count > tile_elements) rows = std::bit_floor(rows);
    group.tile = static_cast<std::int64_t>(rows) * group.row;
  }
}

/// A part begins with a tile, and is a power of two of chunks of the fold of columns, so that the pairwise tree over parts
/// continues the one over chunks. A chunk that spans tiles lies in two parts at most.
void shape_parts(Group& group, std::span<const FusedReduction> reductions, std::size_t ops, bool is_streamed) {
  if (is_streamed) {
    group.part_elements = kernels::vector_stretch;
    return;
  }
  const std::int64_t column = shortest(reductions, FusedReduction::Kind::columns);
  const bool spans = std::any_of(reductions.begin(), reductions.end(), [](const FusedReduction& c) { return c.spans; });
  const std::int64_t enough = std::max(items_of_part(work::element * static_cast<double>(ops)), spans ? row_block : 0);
  group.part_elements = group.row >= tile_elements && group.row < group.count ? group.row : group.tile;
  if (column != 0) group.part_elements = rows_block * column;
  while (group.part_elements < group.count &&
         (group.part_elements < enough || !begins_tile(group, group.part_elements)))
    group.part_elements *= 2;
  group.part_elements = std::clamp<std::int64_t>(group.count, 1, group.part_elements);
}

bool holds_tiles(const Group& group, std::int64_t run) {
  if (group.row < tile_elements) return run % group.tile == 0;
  return run == group.row || (run % tile_elements == 0 && group.row % run == 0);
}

bool begins_tiles(const Group& group, std::int64_t run) {
  if (group.row < tile_elements) return group.tile % run == 0;
  return tile_elements % run == 0 && group.row % run == 0;
}

}  // namespace capstan
