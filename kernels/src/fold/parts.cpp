#include "fold/parts.hpp"

#include <algorithm>

#include <capstan/kernels/fold/tree.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan::kernels {

namespace {

constexpr std::int64_t column_unit = 64;  // whole cache lines, whole registers
constexpr std::int64_t enough = 16;       // parts, for threads to share them evenly

}  // namespace

ReduceParts::ReduceParts(const SplitAxes& axes, std::int64_t elements, int threads) {
  const std::int64_t worth = count_parts(work::element * static_cast<double>(elements), threads);
  if (worth == 1) return;
  for (std::size_t i = 0; i < axes.kept.size; ++i) consider(axes.kept.axis[i], static_cast<std::int64_t>(i), 1);
  if (!is_reduced(axes.inner)) consider(axes.inner, inner, column_unit);
  count_ = std::min(worth, units_);
  if (units_ >= std::min(worth, enough)) return;
  if (is_reduced(axes.inner) && axes.reduced.size == 0 && axes.inner.extent > row_block)
    along_reduced(axes.inner, inner, row_block, elements);
  if (!is_reduced(axes.inner) && axes.reduced.size == 1) along_reduced(axes.reduced.axis[0], 0, rows_block, elements);
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
  while (unit * (elements / axis.extent) < items_of_part(work::element)) unit *= 2;
  const std::int64_t count = (axis.extent + unit - 1) / unit;
  if (count <= count_) return;
  axis_ = axis;
  place_ = place;
  unit_ = unit;
  count_ = count;
}

/// Parts along a reduced axis are equal, so that they are leaves of the tree.
Range ReduceParts::range(std::int64_t part) const {
  if (!are_joined()) return range_of(axis_.extent, part, count_, unit_);
  return {part * unit_, std::min((part + 1) * unit_, axis_.extent)};
}

ReduceParts::Start ReduceParts::cut(std::int64_t part, SplitAxes& axes) const {
  const auto [begin, end] = range(part);
  AxisList& list = are_joined() ? axes.reduced : axes.kept;
  Axis& axis = place_ == inner ? axes.inner : list.axis[static_cast<std::size_t>(place_)];
  axis.extent = end - begin;
  return {begin * axis_.steps[of_x], begin * axis_.steps[of_y]};
}

}  // namespace capstan::kernels
