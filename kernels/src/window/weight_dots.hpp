// WeightDots: the gradient of the weights of one group, added up image by image with positions as lanes. It pays where there are
// few output channels, or few taps.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>

#include "window/kernels.hpp"
#include "window/stage.hpp"
#include "window/weight_tiles.hpp"

namespace capstan::kernels {

template <class T>
class WeightDots {
 public:
  WeightDots(const ConvolutionShape& shape, const WindowKernels<T>& kernels, const WeightTiles<T>& tiles)
      : shape_{shape}, kernels_{kernels}, tiles_{tiles} {}

  /// Whether this is the way for a shape.
  static bool pay(const ConvolutionShape& shape, const WindowKernels<T>& kernels) {
    const auto whole = [&](std::int64_t n) { return (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes; };
    const std::int64_t columns = shape.axes[2].out, taps = shape.axes[0].taps * shape.axes[1].taps * shape.axes[2].taps;
    const std::int64_t sums = shape.outputs * shape.inputs * taps;
    if (columns == 0 || shape.outputs == 0 || sums > most_sums) return false;
    const double idle = static_cast<double>(whole(columns)) / static_cast<double>(columns);
    const bool few_taps = shape.inputs * taps <= 32 && idle < 1.3;
    return few_taps || static_cast<double>(shape.outputs) * idle * 1.2 < static_cast<double>(whole(shape.outputs));
  }

  /// Elements of the sums of a group.
  std::int64_t sums() const { return shape_.outputs * tiles_.rows() * kernels_.lanes; }

  /// Adds an image of a group; dy is its first output channel.
  void add(const T* from, const T* dy, T* sums) const {
    for (std::int64_t t = 0; t < shape_.axes[0].taps; ++t) {
      const auto [first, end] = positions_inside(shape_.axes[0], t);
      if (first >= end) continue;
      for (std::int64_t channel = 0; channel < shape_.outputs; channel += most_channels) {
        const auto channels = static_cast<int>(std::min(most_channels, shape_.outputs - channel));
        const std::int64_t most = kernels_.rows_of_dots(channels), of_tap = tiles_.of_tap();
        const std::int64_t parts = (of_tap + most - 1) / most;
        for (std::int64_t part = 0; part < parts; ++part) {
          const std::int64_t row = of_tap * part / parts, next = of_tap * (part + 1) / parts;
          add(from, dy, sums, {t, first, end, channel, channels, row, static_cast<int>(next - row)});
        }
      }
    }
  }

  /// Adds up the lanes of the sums of a group: dW of the group.
  void take(const T* sums, T* dw) const {
    const std::int64_t rows = tiles_.rows(), of_tap = tiles_.of_tap(), planes = shape_.axes[0].taps;
    const std::int64_t plane = of_tap / shape_.inputs;
    for (std::int64_t o = 0; o < shape_.outputs; ++o) {
      for (std::int64_t t = 0; t < planes; ++t) {
        for (std::int64_t channel = 0; channel < shape_.inputs; ++channel) {
          const T* const from = sums + (o * rows + t * of_tap + channel * plane) * kernels_.lanes;
          kernels_.take(from, plane, dw + o * rows + (channel * planes + t) * plane);
        }
      }
    }
  }

 private:
  static constexpr std::int64_t most_sums = 2048;  ///< vectors of partial sums
  static constexpr std::int64_t most_channels = 4;
  static constexpr std::size_t most_rows = 14;

  /// Some channels of dy and some rows of one tap of the first axis, with the planes at which that meets elements.
  struct Part {
    std::int64_t tap, first, end, channel;
    int channels;
    std::int64_t row;
    int rows;
  };

  void add(const T* from, const T* dy, T* sums, const Part& p) const {
    const auto& [planes, rows, columns] = shape_.axes;
    const std::int64_t plane = rows.out * columns.out, of_channel = planes.out * plane;
    std::array<std::int64_t, most_rows> at{};
    for (int r = 0; r < p.rows; ++r) at[static_cast<std::size_t>(r)] = tiles_.window(p.row + r);
    WindowDots<T> d{.x = from + tiles_.top(p.first, p.tap),
                    .at = at.data(),
                    .x_line = tiles_.step(0),
                    .dy = dy + p.channel * of_channel + p.first * plane,
                    .dy_channel = of_channel,
                    .dy_line = plane,
                    .lines = p.end - p.first,
                    .columns = columns.out,
                    .sums = sums + (p.channel * tiles_.rows() + p.tap * tiles_.of_tap() + p.row) * kernels_.lanes,
                    .sums_channel = tiles_.rows() * kernels_.lanes,
                    .channels = p.channels,
                    .rows = p.rows};
    if (rows.out == 1) return kernels_.dots(d);
    d.x_line = tiles_.step(1);
    d.dy_line = columns.out;
    d.lines = rows.out;
    for (std::int64_t i = p.first; i < p.end; ++i, d.x += tiles_.step(0), d.dy += plane) kernels_.dots(d);
  }

  const ConvolutionShape& shape_;
  const WindowKernels<T>& kernels_;
  const WeightTiles<T>& tiles_;
};

}  // namespace capstan::kernels
