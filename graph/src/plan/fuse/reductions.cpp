// Reductions are fused into the groups of their inputs.

#include <algorithm>

#include "plan/fuse/clusters.hpp"

namespace capstan::plan {

namespace {

/// Per group, at its root: the extents that its reductions have agreed on; 0 while any extent will do.
struct Extents {
  std::int64_t row = 0, column = 0;
};

/// True if rows of both extents consist of the same chunks of the fold.
bool share_chunks(std::int64_t a, std::int64_t b) {
  return std::min(a, b) % row_block == 0 && std::max(a, b) % std::min(a, b) == 0;
}

/// True if a reduction can be fused into its input's group. Folds of rows must agree on what a row is, unless their rows
/// consist of the same chunks, or one of them folds everything; folds of columns must agree.
bool can_fuse(const Clusters& clusters, const FusibleReduction& reduction, Extents& agreed) {
  if (clusters[clusters.inputs(reduction.value)[0]].shape->elements() == reduction.extent) return true;
  const bool by_rows = reduction.kind == FusedReduction::Kind::rows;
  std::int64_t& extent = by_rows ? agreed.row : agreed.column;
  if (extent != 0 && extent != reduction.extent && !(by_rows && share_chunks(extent, reduction.extent))) return false;
  extent = extent == 0 ? reduction.extent : std::min(extent, reduction.extent);
  return true;
}

}  // namespace

void fuse_reductions(Clusters& clusters) {
  if (clusters.reductions().empty()) return;
  PodVector<Extents> agreed;
  agreed.assign(clusters.size(), Extents{});
  for (const FusibleReduction& reduction : clusters.reductions()) {
    const std::uint32_t group = clusters.group_of(reduction.value);
    if (can_fuse(clusters, reduction, agreed[group])) {
      clusters.fuse(reduction.value, group);
    } else {
      clusters.set_apart(reduction.value);
    }
  }
}

}  // namespace capstan::plan
