// WeightTiles: the gradient of the weights of one panel of output channels, added up over blocks of positions. Rows of a tile
// are pairs of an input channel and a tap, read where they lie; its lanes are output channels, and its steps positions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>

#include "window/kernels.hpp"
#include "window/stage.hpp"

namespace capstan::kernels {

/// Positions that are added up at once: some planes of some images, or a piece of one plane.
struct PositionBlock {
  std::int64_t first_plane, planes, images;
  std::int64_t first, count;  ///< in each plane

  std::int64_t steps() const { return planes * images * count; }
};

/// The positions at which a tap meets an element.
struct Inside {
  std::int64_t first, end;
};
inline Inside positions_inside(const ConvolutionAxis& a, std::int64_t tap) {
  const std::int64_t start = tap * a.dilation - a.before;
  const auto below = [&](std::int64_t bound) {
    return bound <= start ? 0 : std::min(a.out, (bound - start + a.stride - 1) / a.stride);
  };
  return {below(0), below(a.in)};
}

template <class T>
class WeightTiles {
 public:
  WeightTiles(const ConvolutionShape& shape, const Stage& stage, const WindowKernels<T>& kernels)
      : shape_{shape}, stage_{stage}, kernels_{kernels} {
    for (std::size_t axis = 1; axis < 3; ++axis) {
      first_ += (stage.before(axis) - shape.axes[axis].before) * stage.step(axis);
    }
  }

  /// Rows for one tap of the first axis, and for all.
  std::int64_t of_tap() const { return shape_.inputs * shape_.axes[1].taps * shape_.axes[2].taps; }
  std::int64_t rows() const { return shape_.axes[0].taps * of_tap(); }

  /// Writes the sums of some output channels to their W.
  void put(const T* sums, int vectors, std::int64_t channels, T* to) const {
    const std::int64_t width = vectors * kernels_.lanes;
    for (std::int64_t row = 0; row < rows(); row += most_rows) {
      const std::int64_t count = std::min<std::int64_t>(most_rows, rows() - row);
      std::array<std::int64_t, most_rows> places{};
      for (std::int64_t r = 0; r < count; ++r) places[static_cast<std::size_t>(r)] = place(row + r);
      kernels_.put({sums + row * width, width, count, channels, to, rows(), places.data(), false});
    }
  }
  /// Where a row of all, those of one tap after another, is in the W of one output channel.
  std::int64_t place(std::int64_t row) const {
    const std::int64_t plane = shape_.axes[1].taps * shape_.axes[2].taps, tap = row / of_tap(), rest = row % of_tap();
    return (rest / plane * shape_.axes[0].taps + tap) * plane + rest % plane;
  }

  /// From position to position along an axis.
  std::int64_t step(std::size_t axis) const {
    return axis == 2 && stage_.is_split() ? 1 : shape_.axes[axis].stride * stage_.step(axis);
  }
  /// Where a tap of the first axis meets a plane.
  std::int64_t top(std::int64_t plane, std::int64_t tap) const {
    const ConvolutionAxis& a = shape_.axes[0];
    return first_ + (plane * a.stride + tap * a.dilation - a.before) * stage_.step(0);
  }
  /// The window of a row of one tap of the first axis, from that of the first row.
  std::int64_t window(std::int64_t row) const {
    const std::int64_t columns = shape_.axes[2].taps, plane = shape_.axes[1].taps * columns;
    const std::int64_t channel = row / plane, tap = row % plane;
    return channel * stage_.channel() + tap / columns * shape_.axes[1].dilation * stage_.step(1) +
           stage_.column(tap % columns * shape_.axes[2].dilation);
  }

  /// Where the window of each position of a block begins, from that of its first plane on.
  void fill_along(const PositionBlock& block, std::int64_t* along) const {
    for (std::int64_t plane = 0; plane < block.planes; ++plane) {
      for (std::int64_t image = 0; image < block.images; ++image) {
        for (std::int64_t p = block.first; p < block.first + block.count; ++p) {
          const std::int64_t columns = shape_.axes[2].out;
          *along++ = image * stage_.image() + plane * step(0) + p / columns * step(1) + p % columns * step(2);
        }
      }
    }
  }

  /// Operands: staged images, the table of fill_along, and dy of the block, packed.
  struct Operands {
    const T* from;
    const std::int64_t* along;
    const T* packed;
    T* sums;  ///< rows × lanes
    int vectors;
  };

  /// Adds a block to the sums.
  void add(const PositionBlock& block, const Operands& o) const {
    for (std::int64_t t = 0; t < shape_.axes[0].taps; ++t) {
      const auto [first, end] = planes_inside(block, t);
      if (first >= end) continue;
      const std::int64_t most = kernels_.most_rows(o.vectors), tiles = (of_tap() + most - 1) / most;
      for (std::int64_t i = 0; i < tiles; ++i) {
        const std::int64_t row = of_tap() * i / tiles, next = of_tap() * (i + 1) / tiles;
        std::array<std::int64_t, most_rows> at{};
        for (std::int64_t r = row; r < next; ++r) at[static_cast<std::size_t>(r - row)] = window(r);
        tile(o, at.data(), static_cast<int>(next - row), t * of_tap() + row, top(block.first_plane, t),
             first * in_plane(block), (end - first) * in_plane(block));
      }
    }
  }

  /// The same with the positions whose window has an element for a tap, and no others.
  void add_exactly(const PositionBlock& block, const Operands& o) const {
    const auto [rows, columns] = std::array{shape_.axes[1].taps, shape_.axes[2].taps};
    for (std::int64_t t = 0; t < shape_.axes[0].taps; ++t) {
      for (std::int64_t channel = 0; channel < shape_.inputs; ++channel) {
        for (std::int64_t tap = 0; tap < rows * columns; ++tap) {
          add_tap(block, o, t, channel * rows * columns + tap, tap / columns, tap % columns);
        }
      }
    }
  }

 private:
  static constexpr std::size_t most_rows = 16;

  /// Of a block, counted from its first one.
  Inside planes_inside(const PositionBlock& block, std::int64_t tap) const {
    const auto [first, end] = positions_inside(shape_.axes[0], tap);
    return {std::clamp<std::int64_t>(first - block.first_plane, 0, block.planes),
            std::clamp<std::int64_t>(end - block.first_plane, 0, block.planes)};
  }

  static std::int64_t in_plane(const PositionBlock& block) { return block.images * block.count; }
  void tile(const Operands& o, const std::int64_t* at, int rows, std::int64_t row, std::int64_t from, std::int64_t step,
            std::int64_t steps) const {
    const std::int64_t width = o.vectors * kernels_.lanes;
    kernels_.tile({o.from + from, at, o.along + step, o.packed + step * width, steps, o.sums + row * width, width, rows,
                   o.vectors, true});
  }

  void add_tap(const PositionBlock& block, const Operands& o, std::int64_t t, std::int64_t row, std::int64_t u,
               std::int64_t j) const {
    const std::int64_t columns = shape_.axes[2].out, at = window(row);
    const auto [first, end] = planes_inside(block, t);
    const auto [above, below] = positions_inside(shape_.axes[1], u);
    const auto [left, right] = positions_inside(shape_.axes[2], j);
    for (std::int64_t plane = first * block.images; plane < end * block.images; ++plane) {
      for (std::int64_t q = above; q < below; ++q) {
        const std::int64_t from = std::max(q * columns + left, block.first);
        const std::int64_t to = std::min(q * columns + right, block.first + block.count);
        if (from >= to) continue;
        tile(o, &at, 1, t * of_tap() + row, top(block.first_plane, t), plane * block.count + from - block.first,
             to - from);
      }
    }
  }

  const ConvolutionShape& shape_;
  const Stage& stage_;
  const WindowKernels<T>& kernels_;
  std::int64_t first_ = 0;
};

}  // namespace capstan::kernels
