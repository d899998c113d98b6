#include <capstan/kernels/fold/axes.hpp>

#include <cstdlib>
#include <utility>

namespace capstan::kernels {

namespace {

// The axes of x in the order of its memory, the smallest steps first; broadcast ones last.
void list_axes(const Array& x, std::uint32_t reduced, AxisList& list) {
  const auto width = [](const Axis& a) { return a.x == 0 ? INT64_MAX : std::abs(a.x); };
  std::int64_t step = 1;
  for (std::size_t i = x.shape.rank(); i-- > 0;) {
    const bool is_reduced = (reduced >> i & 1u) != 0;
    if (x.shape[i] == 1) continue;
    list.push({x.shape[i], x.strides[i], is_reduced ? 0 : step, is_reduced});
    if (!is_reduced) step *= x.shape[i];
    for (std::size_t k = list.size - 1; k > 0; --k) {
      if (width(list.axis[k]) >= width(list.axis[k - 1])) break;
      std::swap(list.axis[k], list.axis[k - 1]);
    }
  }
}

// Joins neighbouring axes that can be counted through as one.
void join(AxisList& list) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < list.size; ++i) {
    const Axis a = list.axis[i];
    if (size > 0) {
      Axis& inner = list.axis[size - 1];
      if (inner.reduced == a.reduced && a.x == inner.x * inner.extent && a.y == inner.y * inner.extent) {
        inner.extent *= a.extent;
        continue;
      }
    }
    list.axis[size++] = a;
  }
  list.size = size;
}

// Takes the innermost axis out: a kept one where its elements lie side by side, else the innermost reduced one.
void split(const AxisList& axes, SplitAxes& s) {
  std::size_t inner = 0;
  if (axes.size > 0 && axes.axis[0].x != 1)
    while (inner < axes.size && !axes.axis[inner].reduced) ++inner;
  for (std::size_t i = 0; i < axes.size; ++i) {
    const Axis& a = axes.axis[i];
    if (i == inner) {
      s.inner = a;
    } else {
      (a.reduced ? s.reduced : s.kept).push(a);
    }
  }
}

}  // namespace

void split_axes(const Array& x, std::uint32_t reduced, SplitAxes& s) {
  AxisList all;
  list_axes(x, reduced, all);
  join(all);
  split(all, s);
}

}  // namespace capstan::kernels
