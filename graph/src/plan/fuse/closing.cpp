#include "plan/fuse/closing.hpp"

#include "plan/kinds.hpp"

namespace capstan {

namespace {

constexpr std::int64_t widest_row = 8192;  // of rows that are folded into one: a leaf must stay in a near cache

}  // namespace

std::optional<Closing> closing_of(const Recording& recording, const Fold& fold, NodeId id) {
  const Node& n = recording.nodes[id];
  const Node& x = recording.nodes[recording.inputs(n)[0]];
  if (x.shape->elements() == 0 || x.shape->elements() == n.shape->elements()) return std::nullopt;
  std::int64_t extent = 1;  // of the innermost axes, all of which are folded, or none
  bool inner = false, outer = false, crossed = false;
  for (std::size_t i = x.shape->rank(); i-- > 0;) {
    if ((*x.shape)[i] == 1) continue;
    const bool folds = (fold.axes >> i & 1u) != 0;
    if (extent == 1) inner = folds;
    if (folds == inner && !crossed) {
      extent *= (*x.shape)[i];
      continue;
    }
    if (folds == inner) return std::nullopt;
    crossed = true;
    outer = folds;
  }
  const auto kind = inner ? Closing::Kind::rows : Closing::Kind::columns;
  if (kind == Closing::Kind::columns && (!outer || extent > widest_row)) return std::nullopt;
  return Closing{.folding = folding_of(fold),
                 .extent = extent,
                 .node = id,
                 .slot = 0,
                 .output = 0,
                 .partial_offset = 0,
                 .tree_offset = 0,
                 .edges_offset = 0,
                 .kind = kind,
                 .spans = false,
                 .again = n.again};
}

}  // namespace capstan
