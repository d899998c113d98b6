#include <capstan/kernels/fold/fold.hpp>
#include <type_traits>

#include <algorithm>
#include <array>
#include <cstring>

#include <capstan/kernels/fold/axes.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "fold/parts.hpp"

namespace capstan::kernels {
namespace {

// Rows that lie one beside the other at equal distances, of which as many as make a leaf are folded at once. A row
// whose elements do not lie side by side is gathered first.
template <class T>
class Rows {
 public:
  Rows(const FoldKernels& loops, std::int64_t n, std::int64_t step) : loops_{loops}, n_{n}, step_{n == 1 ? 1 : step} {}

  // One number a row.
  void fold(std::int64_t count, const T* x, std::int64_t stride, T* out, std::int64_t out_stride) {
    if (step_ == 1) return loops_.rows(count, n_, x, stride, out, out_stride);
    std::array<T, row_block> side_by_side;
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t i = 0; i < n_; ++i) side_by_side[i] = x[r * stride + i * step_];
      loops_.rows(1, n_, side_by_side.data(), n_, out + r * out_stride, 1);
    }
  }

  // One number for all.
  void fold_into(FoldTree& tree, std::int64_t count, const T* x, std::int64_t stride) {
    std::array<T, rows_block> sums;
    const std::int64_t at_once = std::clamp<std::int64_t>(row_block / n_, 1, rows_block);
    for (std::int64_t r = 0; r < count; r += at_once) {
      const std::int64_t some = std::min(at_once, count - r);
      fold(some, x + r * stride, stride, sums.data(), 1);
      loops_.rows(1, some, sums.data(), some, tree.leaf(), 1);
      tree.push();
    }
  }

 private:
  const FoldKernels& loops_;
  std::int64_t n_;
  std::int64_t step_;
};

Axis take_inner(AxisList& axes) { return axes.size == 0 ? single : axes.take(0); }

// One output: the reduced axis `run` beside the row itself, and around it the outer ones.
template <class T>
T reduce_one(const FoldKernels& loops, const AxisList& outer, const Axis& run, const Axis& inner, const T* x) {
  std::array<T, 65> store;
  FoldTree tree{loops, store.data(), sizeof(T), 1};
  const std::int64_t count = outer.elements();
  Walk at{outer};
  for (std::int64_t o = 0; o < count; ++o, at.next()) {
    if (inner.extent <= row_block) {
      Rows<T>{loops, inner.extent, inner.steps[of_x]}.fold_into(tree, run.extent, x + at.offset(of_x), run.steps[of_x]);
      continue;
    }
    for (std::int64_t r = 0; r < run.extent; ++r) {
      for (std::int64_t i = 0; i < inner.extent; i += row_block) {
        const T* const from = x + at.offset(of_x) + r * run.steps[of_x] + i * inner.steps[of_x];
        Rows<T>{loops, std::min(row_block, inner.extent - i), inner.steps[of_x]}.fold_into(tree, 1, from, 0);
      }
    }
  }
  return *static_cast<const T*>(tree.take());
}

template <class T>
void reduce_rows(const FoldKernels& loops, SplitAxes& s, const T* x, T* y) {
  if (s.reduced.size == 0 && s.inner.extent <= row_block) {  // a row an output
    const Axis run = take_inner(s.kept);
    const std::int64_t outputs = s.kept.elements();
    Walk out{s.kept};
    for (std::int64_t o = 0; o < outputs; ++o, out.next())
      Rows<T>{loops, s.inner.extent, s.inner.steps[of_x]}.fold(run.extent, x + out.offset(of_x), run.steps[of_x],
                                                               y + out.offset(of_y), run.steps[of_y]);
    return;
  }
  const Axis run = take_inner(s.reduced);
  const std::int64_t outputs = s.kept.elements();
  Walk out{s.kept};
  for (std::int64_t o = 0; o < outputs; ++o, out.next())
    y[out.offset(of_y)] = reduce_one(loops, s.reduced, run, s.inner, x + out.offset(of_x));
}

// Where the next rows start, the axis `run` fastest and around it the outer ones.
class Offsets {
 public:
  Offsets(const AxisList& outer, const Axis& run) : at_{outer}, run_{run} {}

  void next(std::int64_t count, std::int64_t* offsets) {
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t some = std::min(count - done, run_.extent - in_run_);
      for (std::int64_t i = 0; i < some; ++i) offsets[done + i] = at_.offset(of_x) + (in_run_ + i) * run_.steps[of_x];
      done += some;
      in_run_ += some;
      if (in_run_ == run_.extent) {
        in_run_ = 0;
        at_.next();
      }
    }
  }

 private:
  Walk at_;
  Axis run_;
  std::int64_t in_run_ = 0;
};

// All rows of one panel of columns.
template <class T>
const T* reduce_panel(const FoldKernels& loops, const AxisList& outer, const Axis& run, const T* x, std::int64_t n,
                      T* store) {
  const std::int64_t rows = outer.elements() * run.extent;
  FoldTree tree{loops, store, column_panel * static_cast<std::int64_t>(sizeof(T)), n};
  Offsets at{outer, run};
  std::array<std::int64_t, rows_block> offsets;
  for (std::int64_t r = 0; r < rows; r += rows_block) {
    const std::int64_t count = std::min(rows_block, rows - r);
    at.next(count, offsets.data());
    loops.columns(count, offsets.data(), x, n, tree.leaf());
    tree.push();
  }
  return static_cast<const T*>(tree.take());
}

template <class T>
void reduce_columns(const FoldKernels& loops, SplitAxes& s, const T* x, T* y, T* store) {
  const Axis run = take_inner(s.reduced);
  const std::int64_t outputs = s.kept.elements();
  Walk out{s.kept};
  for (std::int64_t o = 0; o < outputs; ++o, out.next()) {
    for (std::int64_t c = 0; c < s.inner.extent; c += column_panel) {
      const std::int64_t n = std::min(column_panel, s.inner.extent - c);
      const T* const sums = reduce_panel(loops, s.reduced, run, x + out.offset(of_x) + c, n, store);
      T* const to = y + out.offset(of_y) + c * s.inner.steps[of_y];
      for (std::int64_t i = 0; i < n; ++i) to[i * s.inner.steps[of_y]] = sums[i];
    }
  }
}

const ReduceTable& table(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return reduce_avx512;
  if (isa == Isa::avx2) return reduce_avx2;
#else
  (void)isa;
#endif
  return reduce_portable;
}

}  // namespace

const FoldKernels& fold_kernels(Fold fold, DType dtype, Isa isa) noexcept {
  const ReduceTable& t = table(isa);
  return visit_floating(dtype, [&]<class T>(T) -> const FoldKernels& {
    if constexpr (std::is_same_v<T, double>) return t.f64[static_cast<int>(fold)];
    if constexpr (std::is_same_v<T, float>) return t.f32[static_cast<int>(fold)];
  });
}

namespace {

/// What a thread needs: one leaf of columns a level of the tree.
std::size_t lane_bytes(const Array& x, std::int64_t outputs) {
  const std::int64_t blocks = x.shape.elements() / outputs / rows_block + 1;
  return aligned(static_cast<std::size_t>(FoldTree::levels(blocks) * column_panel) * size_of(x.dtype));
}

std::size_t lanes_bytes(const ReduceParts& parts, const Array& x, std::int64_t outputs, int threads) {
  return lane_bytes(x, outputs) * static_cast<std::size_t>(std::min<std::int64_t>(parts.count(), threads));
}

template <class T>
void reduce_part(const FoldKernels& loops, SplitAxes& s, const T* x, T* y, void* scratch) {
  if (is_reduced(s.inner)) {
    reduce_rows(loops, s, x, y);
  } else {
    reduce_columns(loops, s, x, y, static_cast<T*>(scratch));
  }
}

template <class T>
void reduce_parts(const FoldKernels& loops, const SplitAxes& s, const ReduceParts& parts, const Array& x,
                  const Array& y, void* scratch, int threads) {
  const std::int64_t outputs = y.shape.elements();
  auto* const lanes = static_cast<std::byte*>(scratch);
  T* const out = y.as<T>();
  T* const folded = parts.are_joined() ? reinterpret_cast<T*>(lanes + lanes_bytes(parts, x, outputs, threads)) : out;
  parallel_for(parts.count(), threads, [&](std::int64_t part, int lane) {
    SplitAxes some = s;
    const auto [from, to] = parts.cut(part, some);
    reduce_part(loops, some, x.as<T>() + from, folded + (parts.are_joined() ? part * outputs : to),
                lanes + static_cast<std::size_t>(lane) * lane_bytes(x, outputs));
  });
  if (!parts.are_joined()) return;
  const std::size_t leaf_bytes = static_cast<std::size_t>(outputs) * sizeof(T);
  std::memcpy(out, join_leaves(loops, outputs, leaf_bytes, parts.count(), folded), leaf_bytes);
}

template <class T>
void reduce_as(const Folding& fold, const Array& x, const Array& y, void* scratch, int threads) {
  const std::int64_t outputs = y.shape.elements(), elements = x.shape.elements();
  T* const out = y.as<T>();
  if (outputs == 0) return;
  if (elements == 0) {
    for (std::int64_t i = 0; i < outputs; ++i) out[i] = T(0);
  } else {
    SplitAxes s;
    split_axes(x, fold.axes, s);
    const ReduceParts parts{s, elements, threads};
    if (parts.count() == 1) {
      reduce_part(*fold.kernels, s, x.as<T>(), out, scratch);
    } else {
      reduce_parts<T>(*fold.kernels, s, parts, x, y, scratch, threads);
    }
  }
  if (fold.divisor != 1.0) fold.kernels->divide(outputs, out, fold.divisor);
}

}  // namespace

std::size_t reduce_scratch(const Folding& fold, const Array& x, const Array& y, int threads) {
  const std::int64_t outputs = y.shape.elements();
  if (outputs == 0 || x.shape.elements() == 0) return 0;
  SplitAxes s;
  split_axes(x, fold.axes, s);
  const ReduceParts parts{s, x.shape.elements(), threads};
  const std::int64_t joined = parts.are_joined() ? parts.count() * outputs : 0;
  return add_sizes(lanes_bytes(parts, x, outputs, threads),
                   multiply_sizes(static_cast<std::size_t>(joined), size_of(x.dtype)));
}

void reduce(const Folding& fold, const Array& x, const Array& y, void* scratch, int threads) {
  visit_floating(x.dtype, [&]<class T>(T) { reduce_as<T>(fold, x, y, scratch, threads); });
}

}  // namespace capstan::kernels
