// Takes  values, and which of them are accumulated.
// Gives  units: what becomes one instruction each, in an order in which they can run.
// After  accumulate. Before lay, because only a whole group knows what it reads.

#include "plan/fuse/clusters.hpp"
#include "plan/passes.hpp"

namespace capstan::plan {

/// Each value gets a level, one higher than the level of any input outside its own group. Connected elementwise values of
/// one level, shape and dtype form a group. No path leaves a level and returns to it, so groups cannot depend on each
/// other cyclically.
void fuse(Program& program) {
  Clusters clusters{program.values, program.accumulated};
  for (ValueId v = 0; v < clusters.size(); ++v) clusters.place(v);
  sink_groups(clusters);
  join_readers(clusters);
  fuse_reductions(clusters);
  program.units = in_order(clusters);
}

}  // namespace capstan::plan
