// Pooling: the largest element, or the mean, of each window that slides over the spatial axes of row-major images.
// There are always three such axes here; images of fewer have leading ones of extent 1.
#pragma once

#include <cstdint>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// The positions of one axis that a window covers. `first` is where the window begins if the padding counts as well.
struct PoolWindow {
  std::int64_t first, begin, end;
};

/// One spatial axis of the input and of the output. A tap is numbered from the window's first position, in the padding
/// or not. The functions are inlined for certain, so that no code for a wide processor stands in for another's.
struct PoolAxis {
  std::int64_t in = 1, out = 1;
  std::int64_t kernel = 1;  ///< the taps of a window; for stride 0 the most that any window has
  std::int64_t stride =
      1;  ///< 0: the windows divide the axis into as equal parts as they can, which may overlap by one
  std::int64_t padding = 0;  ///< at either end

  [[gnu::always_inline]] PoolWindow window(std::int64_t i) const noexcept {
    if (stride == 0) return {i * in / out, i * in / out, ((i + 1) * in + out - 1) / out};
    const std::int64_t first = i * stride - padding;
    return {first, first < 0 ? 0 : first, first + kernel < in ? first + kernel : in};
  }
  /// The outputs whose windows lie inside of the axis and have the same distance from one to the next.
  [[gnu::always_inline]] Range inside() const noexcept {
    if (stride == 0 || in + padding < kernel) return {0, 0};
    const std::int64_t begin = (padding + stride - 1) / stride, end = (in + padding - kernel) / stride + 1;
    const std::int64_t last = end < out ? end : out;
    return {begin < last ? begin : last, last};
  }
  /// Whether the windows lie side by side, each position in one of them at most.
  [[gnu::always_inline]] bool is_tiled() const noexcept { return stride == kernel && padding == 0; }
};

/// All planes – an image has one for each channel – and how a window slides over each.
struct PoolGeometry {
  PoolAxis depth, height, width;
  std::int64_t planes = 0;

  // Elements of one plane, the rows of all planes of the output, and the taps of a window.
  [[gnu::always_inline]] std::int64_t in_plane() const noexcept { return depth.in * height.in * width.in; }
  [[gnu::always_inline]] std::int64_t out_plane() const noexcept { return depth.out * height.out * width.out; }
  [[gnu::always_inline]] std::int64_t out_rows() const noexcept { return planes * depth.out * height.out; }
  [[gnu::always_inline]] std::int64_t taps() const noexcept { return depth.kernel * height.kernel * width.kernel; }
};

/// The loops, for one element type and instruction set. Every window has a position outside of the padding. Results do
/// not overlap operands. Rows and planes are those that a call computes; it writes no others.
template <class T>
struct PoolLoops {
  /// The largest element of each window and the number of its tap: the first one in row-major order that is NaN, or
  /// else that is as large.
  void (*max)(const PoolGeometry& g, Range rows, const T* x, T* y, T* winners);
  /// The sum of each window divided by how many positions it has, of the padding as well if that counts.
  void (*average)(const PoolGeometry& g, Range rows, bool counts_padding, const T* x, T* y);
  /// dx is 0 but for the winners, where dy is added.
  void (*max_gradient)(const PoolGeometry& g, Range planes, const T* dy, const T* winners, T* dx);
  /// dx is the sum of dy, divided as in `average`, over the windows that a position is in.
  void (*average_gradient)(const PoolGeometry& g, Range planes, bool counts_padding, const T* dy, T* dx);
  /// The elements of x at the winners.
  void (*pick)(const PoolGeometry& g, Range rows, const T* x, const T* winners, T* y);
};

struct PoolTable {
  PoolLoops<float> f32;
  PoolLoops<double> f64;
};
extern const PoolTable pool_portable, pool_avx2, pool_avx512;

template <class T>
const PoolLoops<T>& pool_loops(Isa isa = chosen_isa());

}  // namespace capstan::kernels
