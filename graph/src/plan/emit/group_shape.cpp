#include "plan/emit/group_shape.hpp"

#include <algorithm>
#include <bit>

#include <capstan/kernels/product/matrix_vector.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan {

namespace {

/// The shortest row that closings of a kind fold; 0 where there are none.
std::int64_t shortest(std::span<const Closing> closings, Closing::Kind kind) {
  std::int64_t extent = 0;
  for (const Closing& closing : closings) {
    if (closing.kind == kind) extent = extent == 0 ? closing.extent : std::min(extent, closing.extent);
  }
  return extent;
}

bool begins_tile(const Group& group, std::int64_t part) {
  if (group.row == group.count && group.row >= tile_elements) return part % tile_elements == 0;
  return group.row < tile_elements ? part % group.tile == 0
                                   : part % group.row == 0 || (group.row % part == 0 && part % tile_elements == 0);
}

}  // namespace

void shape_tiles(Group& group, std::span<Closing> closings, std::size_t axes, std::int64_t run) {
  const std::int64_t row = shortest(closings, Closing::Kind::rows), column = shortest(closings, Closing::Kind::columns);
  group.row = axes == 0 ? group.count : run;
  if (column != 0 && axes < 2) group.row = column;
  if (row != 0) group.row = row;
  for (Closing& closing : closings) {
    closing.spans = closing.kind == Closing::Kind::rows && closing.extent > row_block && closing.extent != group.row &&
                    group.row % row_block != 0;
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
void shape_parts(Group& group, std::span<const Closing> closings, std::size_t ops, bool is_streamed) {
  if (is_streamed) {
    group.block = kernels::vector_stretch;
    return;
  }
  const std::int64_t column = shortest(closings, Closing::Kind::columns);
  const bool spans = std::any_of(closings.begin(), closings.end(), [](const Closing& c) { return c.spans; });
  const std::int64_t enough = std::max(items_of_part(work::element * static_cast<double>(ops)), spans ? row_block : 0);
  group.block = group.row >= tile_elements && group.row < group.count ? group.row : group.tile;
  if (column != 0) group.block = rows_block * column;
  while (group.block < group.count && (group.block < enough || !begins_tile(group, group.block))) group.block *= 2;
  group.block = std::clamp<std::int64_t>(group.count, 1, group.block);
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
