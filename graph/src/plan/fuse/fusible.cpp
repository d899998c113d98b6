#include "plan/fuse/fusible.hpp"

namespace capstan::plan {

namespace {

constexpr std::int64_t widest_row = 8192;  // elements, if rows are folded into one: a chunk must stay in the L2 cache

}  // namespace

std::optional<FusibleReduction> fusible_reduction_of(const Values& values, ValueId value, const Fold& fold) {
  const Shape& x = *values[values.inputs_of(value)[0]].shape;
  if (x.elements() == 0 || x.elements() == values[value].shape->elements()) return std::nullopt;
  std::int64_t extent = 1;  // of the innermost axes, all of which are folded, or none
  bool inner = false, outer = false, crossed = false;
  for (std::size_t i = x.rank(); i-- > 0;) {
    if (x[i] == 1) continue;
    const bool folds = (fold.axes >> i & 1u) != 0;
    if (extent == 1) inner = folds;
    if (folds == inner && !crossed) {
      extent *= x[i];
      continue;
    }
    if (folds == inner) return std::nullopt;
    crossed = true;
    outer = folds;
  }
  const auto kind = inner ? FusedReduction::Kind::rows : FusedReduction::Kind::columns;
  if (kind == FusedReduction::Kind::columns && (!outer || extent > widest_row)) return std::nullopt;
  return FusibleReduction{value, extent, kind};
}

}  // namespace capstan::plan
