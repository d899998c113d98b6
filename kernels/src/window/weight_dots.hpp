// WeightDots: the gradient of the weights of one group, added up image by image with positions as lanes. It pays where there are
// few output channels, or few taps.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>

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
    const std::int64_t taps = shape_.axes[0].taps;
    Inside all{0, shape_.axes[0].out};  // the planes that meet elements with every tap
    for (std::int64_t t = 0; t < taps; ++t) {
      const auto [first, end] = positions_inside(shape_.axes[0], t);
      all = {std::max(all.first, first), std::min(all.end, end)};
    }
    for (std::int64_t channel = 0; channel < shape_.outputs; channel += most_channels) {
      const auto channels = static_cast<int>(std::min(most_channels, shape_.outputs - channel));
      const bool together = all.first < all.end && tiles_.rows() <= kernels_.rows_of_dots(channels);
      if (together) add(from, dy, sums, {0, taps, all.first, all.end, channel, channels});
      for (std::int64_t t = 0; t < taps; ++t) {
        const auto [first, end] = positions_inside(shape_.axes[0], t);
        if (together) add(from, dy, sums, {t, t + 1, first, all.first, channel, channels});
        add(from, dy, sums, {t, t + 1, together ? all.end : first, end, channel, channels});
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

  /// Some channels of dy and some taps of the first axis, at planes where all of those meet elements.
  struct Part {
    std::int64_t first_tap, end_tap, first, end, channel;
    int channels;
  };

  void add(const T* from, const T* dy, T* sums, const Part& p) const {
    if (p.first >= p.end) return;
    const std::int64_t most = kernels_.rows_of_dots(p.channels), of_tap = tiles_.of_tap();
    const std::int64_t rows = (p.end_tap - p.first_tap) * of_tap, parts = (rows + most - 1) / most;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t begin = p.first_tap * of_tap;
      add_rows(from, dy, sums, p, {begin + rows * part / parts, begin + rows * (part + 1) / parts});
    }
  }

  void add_rows(const T* from, const T* dy, T* sums, const Part& p, const Range& some) const {
    const auto& [planes, rows, columns] = shape_.axes;
    const std::int64_t plane = rows.out * columns.out, of_channel = planes.out * plane, of_tap = tiles_.of_tap();
    std::array<std::int64_t, most_rows> at{};
    for (std::int64_t r = some.begin; r < some.end; ++r) {
      at[static_cast<std::size_t>(r - some.begin)] = tiles_.top(p.first, r / of_tap) + tiles_.window(r % of_tap);
    }
    WindowDots<T> d{.x = from,
                    .at = at.data(),
                    .x_line = tiles_.step(0),
                    .dy = dy + p.channel * of_channel + p.first * plane,
                    .dy_channel = of_channel,
                    .dy_line = plane,
                    .lines = p.end - p.first,
                    .columns = columns.out,
                    .sums = sums + (p.channel * tiles_.rows() + some.begin) * kernels_.lanes,
                    .sums_channel = tiles_.rows() * kernels_.lanes,
                    .channels = p.channels,
                    .rows = static_cast<int>(some.end - some.begin)};
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
