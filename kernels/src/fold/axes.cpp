#include <capstan/kernels/fold/axes.hpp>

#include <cstdlib>

namespace capstan::kernels {

namespace {

// The axes of x in the order of its memory, the smallest steps first; broadcast ones last.
void list_axes(const Array& x, std::uint32_t reduced, AxisList& list) {
  const auto width = [](const Axis& a) { return a.steps[of_x] == 0 ? INT64_MAX : std::abs(a.steps[of_x]); };
  std::int64_t step = 1;
  for (std::size_t i = x.shape.rank(); i-- > 0;) {
    const bool folds = (reduced >> i & 1u) != 0;
    if (x.shape[i] == 1) continue;
    list.insert({x.shape[i], {x.strides[i], folds ? 0 : step}, folds}, width);
    if (!folds) step *= x.shape[i];
  }
}

// Takes the innermost axis out: a kept one where its elements lie side by side, else the innermost reduced one.
void split(const AxisList& axes, SplitAxes& s) {
  std::size_t inner = 0;
  if (axes.size > 0 && axes.axis[0].steps[of_x] != 1)
    while (inner < axes.size && !is_reduced(axes.axis[inner])) ++inner;
  for (std::size_t i = 0; i < axes.size; ++i) {
    const Axis& a = axes.axis[i];
    if (i == inner) {
      s.inner = a;
    } else {
      (is_reduced(a) ? s.reduced : s.kept).push(a);
    }
  }
}

}  // namespace

void split_axes(const Array& x, std::uint32_t reduced, SplitAxes& s) {
  AxisList all;
  list_axes(x, reduced, all);
  all.join();
  split(all, s);
}

}  // namespace capstan::kernels
