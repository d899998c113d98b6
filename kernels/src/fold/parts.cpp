#include "fold/parts.hpp"

#include <algorithm>

#include <capstan/kernels/fold/tree.hpp>

namespace capstan::kernels {

namespace {

constexpr std::int64_t least_elements = 1 << 17;  // of a part: longer than waking a thread
constexpr std::int64_t column_unit = 64;          // whole cache lines, whole registers
constexpr std::int64_t enough = 16;               // parts, for threads to share them evenly

}  // namespace

ReduceParts::ReduceParts(const SplitAxes& axes, std::int64_t elements, int threads) {
  const std::int64_t worth = elements / least_elements;
  if (threads == 1 || worth < 2) return;
  for (std::size_t i = 0; i < axes.kept.size; ++i) consider(axes.kept.axis[i], static_cast<std::int64_t>(i), 1);
  if (!axes.inner.reduced) consider(axes.inner, inner, column_unit);
  count_ = std::min(worth, units_);
  if (units_ >= std::min(worth, enough)) return;
  if (axes.inner.reduced && axes.reduced.size == 0 && axes.inner.extent > row_block)
    along_reduced(axes.inner, inner, row_block, elements);
  if (!axes.inner.reduced && axes.reduced.size == 1) along_reduced(axes.reduced.axis[0], 0, rows_block, elements);
}

/// The kept axis that can be cut into the most parts is cut.
void ReduceParts::consider(const Axis& axis, std::int64_t place, std::int64_t unit) {
  if (axis.extent / unit <= units_) return;
  axis_ = axis;
  place_ = place;
  unit_ = unit;
  units_ = axis.extent / unit;
}

void ReduceParts::along_reduced(const Axis& axis, std::int64_t place, std::int64_t unit, std::int64_t elements) {
  while (unit * (elements / axis.extent) < least_elements) unit *= 2;
  const std::int64_t count = (axis.extent + unit - 1) / unit;
  if (count <= count_) return;
  axis_ = axis;
  place_ = place;
  unit_ = unit;
  count_ = count;
}

std::int64_t ReduceParts::begin(std::int64_t part) const {
  if (part == count_) return axis_.extent;
  return (axis_.reduced ? part : units_ * part / count_) * unit_;
}

ReduceParts::Start ReduceParts::cut(std::int64_t part, SplitAxes& axes) const {
  const std::int64_t first = begin(part);
  AxisList& list = axis_.reduced ? axes.reduced : axes.kept;
  Axis& axis = place_ == inner ? axes.inner : list.axis[static_cast<std::size_t>(place_)];
  axis.extent = begin(part + 1) - first;
  return {first * axis_.x, first * axis_.y};
}

}  // namespace capstan::kernels
