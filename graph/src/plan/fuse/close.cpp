// Reductions close the groups of their inputs.

#include <algorithm>

#include "plan/fuse/clusters.hpp"

namespace capstan {

namespace {

/// What the reductions of a group have agreed on, at its root; 0 while any extent will do.
struct Extents {
  PodVector<std::int64_t> row, column;
};

/// True if rows of both extents are made of the same leaves of the fold.
bool share_leaves(std::int64_t a, std::int64_t b) {
  return std::min(a, b) % row_block == 0 && std::max(a, b) % std::min(a, b) == 0;
}

/// Whether a reduction can close its input's group. Folds of rows must agree on what a row is, unless their rows are
/// made of the same leaves, or one folds everything; folds of columns must agree.
bool can_close(const Clusters& clusters, const Closing& closing, std::uint32_t group, Extents& agreed) {
  if (clusters.node(clusters.inputs(closing.node)[0]).shape->elements() == closing.extent) return true;
  const bool by_rows = closing.kind == Closing::Kind::rows;
  std::int64_t& extent = (by_rows ? agreed.row : agreed.column)[group];
  if (extent != 0 && extent != closing.extent && !(by_rows && share_leaves(extent, closing.extent))) return false;
  extent = extent == 0 ? closing.extent : std::min(extent, closing.extent);
  return true;
}

}  // namespace

void close_groups(Clusters& clusters) {
  Extents agreed;
  agreed.row.assign(clusters.size(), 0);
  agreed.column.assign(clusters.size(), 0);
  for (const Closing& closing : clusters.closings()) {
    const std::uint32_t group = clusters.group_of(closing.node);
    if (can_close(clusters, closing, group, agreed)) {
      clusters.close(closing.node, group);
    } else {
      clusters.set_apart(closing.node);
    }
  }
}

}  // namespace capstan
