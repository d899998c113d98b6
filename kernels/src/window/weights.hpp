// WeightCorrelator: the gradient of the weights of a convolution. Only dy is packed. Threads take panels of output channels
// or, where those are few, chunks of images as well; the shape alone says how many chunks there are, and their sums are added
// in order.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/threads.hpp>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/stage.hpp"
#include "window/weight_cut.hpp"
#include "window/weight_dots.hpp"
#include "window/weight_tiles.hpp"

namespace capstan::kernels {

template <class T>
class WeightCorrelator {
 public:
  WeightCorrelator(const ConvolutionShape& shape, Isa isa)
      : shape_{shape},
        kernels_{window_kernels<T>(isa)},
        by_dots_{WeightDots<T>::pay(shape, kernels_)},
        stage_{{extents(true), shape.inputs, shape.groups * shape.inputs, sizeof(T)},
               Correlations{shape, true}.reach(),
               by_dots_ ? shape.axes[2].stride : 0},
        tiles_{shape_, stage_, kernels_},
        dots_{shape_, kernels_, tiles_},
        cut_{shape_, kernels_.lanes, tiles_.rows(), by_dots_ ? dots_.sums() : 0} {}
  WeightCorrelator(const WeightCorrelator&) = delete;
  WeightCorrelator& operator=(const WeightCorrelator&) = delete;

  ConvolutionScratch scratch() const {
    const std::int64_t steps = cut_.steps_at_once();
    return {bytes<T>(cut_.sums()),
            add_sizes(bytes<std::int64_t>(steps), bytes<T>(steps * cut_.width() + stage_.elements(cut_.images())))};
  }

  void run(const T* x, const T* dy, T* dw, std::byte* scratch, int threads) const {
    const Call call{x, dy, reinterpret_cast<T*>(scratch), scratch + aligned(this->scratch().shared),
                    count_parts(work(), threads) == 1 ? 1 : threads};
    if (by_dots_) {
      make_by_dots(call, dw);
    } else {
      make(call, dw, false);
    }
    // An infinite dy that met a zero of a border has left NaN.
    if (stage_.borders() && !is_finite(dw, elements_of_w()) && !is_finite(dy, elements_of_y())) make(call, dw, true);
  }

 private:
  struct Call {
    const T* x;
    const T* dy;
    T* sums;
    std::byte* scratch;  ///< of the first thread
    int limit;
  };

  template <class N>
  static std::size_t bytes(std::int64_t count) {
    return aligned(multiply_sizes(static_cast<std::size_t>(count), sizeof(N)));
  }
  std::array<std::int64_t, 3> extents(bool of_x) const {
    const auto& a = shape_.axes;
    if (of_x) return {a[0].in, a[1].in, a[2].in};
    return {a[0].out, a[1].out, a[2].out};
  }
  static std::int64_t product(const std::array<std::int64_t, 3>& e) { return e[0] * e[1] * e[2]; }
  static bool is_finite(const T* x, std::int64_t n) {
    T unlike = 0;  // stays 0 as long as all are finite
    for (std::int64_t i = 0; i < n; ++i) unlike += x[i] - x[i];
    return unlike == T(0);
  }

  std::int64_t elements_of_w() const { return shape_.groups * shape_.outputs * tiles_.rows(); }
  std::int64_t channels_of_y() const { return shape_.groups * shape_.outputs; }
  std::int64_t elements_of_y() const { return shape_.examples * channels_of_y() * product(extents(false)); }
  double work() const {
    return work::multiplication * static_cast<double>(elements_of_y()) * static_cast<double>(tiles_.rows());
  }
  T* sums(const Call& call, std::int64_t chunk, std::int64_t group, std::int64_t panel) const {
    return call.sums + cut_.at(chunk, group, panel);
  }

  void make(const Call& call, T* dw, bool exactly) const {
    const std::int64_t panels = cut_.panels(), whole = cut_.chunks() * shape_.groups;
    const std::int64_t cuts = whole >= 2 * call.limit ? 1 : std::min<std::int64_t>(panels, 2 * call.limit);
    const std::size_t own = aligned(scratch().worker);
    parallel_for(whole * cuts, call.limit, [&](std::int64_t part, int worker) {
      add_part(call, part / cuts, range_of(panels, part % cuts, cuts), exactly, call.scratch + worker * own);
    });
    parallel_for(shape_.groups * panels, call.limit,
                 [&](std::int64_t i, int) { put(call, i / panels, i % panels, dw); });
  }

  void make_by_dots(const Call& call, T* dw) const {
    const std::size_t own = aligned(scratch().worker);
    const std::int64_t of_x = product(extents(true)), of_y = product(extents(false));
    const std::int64_t image_in = shape_.groups * shape_.inputs * of_x, image_out = channels_of_y() * of_y;
    const std::int64_t stretches =
        std::min(shape_.groups, 2 * WeightCut<T>::enough);  // of groups, which lie side by side in an image
    parallel_for(cut_.chunks() * stretches, call.limit, [&](std::int64_t part, int worker) {
      const std::int64_t chunk = part / stretches;
      const Range groups = range_of(shape_.groups, part % stretches, stretches);
      std::fill_n(sums(call, chunk, groups.begin, 0), (groups.end - groups.begin) * cut_.of_group(), T(0));
      const auto [first, end] = cut_.images_of(chunk);
      auto* const copy = reinterpret_cast<T*>(call.scratch + worker * own);
      for (std::int64_t image = first; image < end; ++image) {
        for (std::int64_t group = groups.begin; group < groups.end; ++group) {
          const T* const x = call.x + image * image_in + group * shape_.inputs * of_x;
          dots_.add(stage_.images(kernels_, x, image_in, 1, copy),
                    call.dy + image * image_out + group * shape_.outputs * of_y, sums(call, chunk, group, 0));
        }
      }
    });
    for (std::int64_t group = 0; group < shape_.groups; ++group) {
      T* const all = sums(call, 0, group, 0);
      for (std::int64_t chunk = 1; chunk < cut_.chunks(); ++chunk) {
        const T* const some = sums(call, chunk, group, 0);
        for (std::int64_t i = 0; i < dots_.sums(); ++i) all[i] += some[i];
      }
      dots_.take(all, dw + group * shape_.outputs * tiles_.rows());
    }
  }

  /// Some panels of a group, over the images of a chunk.
  void add_part(const Call& call, std::int64_t of_whole, const Range& panels, bool exactly, std::byte* scratch) const {
    const std::int64_t chunk = of_whole / shape_.groups, group = of_whole % shape_.groups;
    for (std::int64_t p = panels.begin; p < panels.end; ++p) {
      std::fill_n(sums(call, chunk, group, p), cut_.vectors(p) * kernels_.lanes * tiles_.rows(), T(0));
    }
    const auto [first, end] = cut_.images_of(chunk);
    for (std::int64_t image = first; image < end; image += cut_.images()) {
      add_images(call, chunk, group, image, panels, exactly, scratch);
    }
  }

  void add_images(const Call& call, std::int64_t chunk, std::int64_t group, std::int64_t image, const Range& panels,
                  bool exactly, std::byte* scratch) const {
    const std::int64_t images = std::min(cut_.images(), shape_.examples - image), of_x = product(extents(true));
    const std::int64_t image_in = shape_.groups * shape_.inputs * of_x;
    auto* const along = reinterpret_cast<std::int64_t*>(scratch);
    auto* const packed = reinterpret_cast<T*>(scratch + bytes<std::int64_t>(cut_.steps_at_once()));
    const T* const from = stage_.images(kernels_, call.x + image * image_in + group * shape_.inputs * of_x, image_in,
                                        images, packed + cut_.steps_at_once() * cut_.width());
    for (std::int64_t plane = 0; plane < shape_.axes[0].out; plane += cut_.planes()) {
      for (std::int64_t piece = 0; piece < cut_.pieces(); ++piece) {
        const auto [first, end] = range_of(cut_.plane(), piece, cut_.pieces());
        const PositionBlock block{plane, std::min(cut_.planes(), shape_.axes[0].out - plane), images, first,
                                  end - first};
        tiles_.fill_along(block, along);
        for (std::int64_t p = panels.begin; p < panels.end; ++p) {
          pack(call, block, image, group, p, packed);
          const typename WeightTiles<T>::Operands operands{from, along, packed, sums(call, chunk, group, p),
                                                           cut_.vectors(p)};
          if (exactly) {
            tiles_.add_exactly(block, operands);
          } else {
            tiles_.add(block, operands);
          }
        }
      }
    }
  }

  /// dy of a block, position by position.
  void pack(const Call& call, const PositionBlock& block, std::int64_t image, std::int64_t group, std::int64_t panel,
            T* to) const {
    const std::int64_t of_y = product(extents(false)), wide = cut_.vectors(panel) * kernels_.lanes;
    const T* const dy = call.dy + (image * channels_of_y() + group * shape_.outputs + panel * cut_.width()) * of_y;
    for (std::int64_t plane = 0; plane < block.planes; ++plane) {
      for (std::int64_t i = 0; i < block.images; ++i, to += block.count * wide) {
        const T* const from =
            dy + i * channels_of_y() * of_y + (block.first_plane + plane) * cut_.plane() + block.first;
        kernels_.pack({from, of_y, cut_.channels(panel), block.count, to, wide});
      }
    }
  }

  /// Adds up the chunks' sums of a panel, and writes them to dW.
  void put(const Call& call, std::int64_t group, std::int64_t panel, T* dw) const {
    const std::int64_t wide = cut_.vectors(panel) * kernels_.lanes, rows = tiles_.rows(), taps = rows / shape_.inputs;
    T* const all = sums(call, 0, group, panel);
    for (std::int64_t chunk = 1; chunk < cut_.chunks(); ++chunk) {
      const T* const some = sums(call, chunk, group, panel);
      for (std::int64_t i = 0; i < wide * rows; ++i) all[i] += some[i];
    }
    T* const to = dw + (group * shape_.outputs + panel * cut_.width()) * rows;
    const std::int64_t plane = shape_.axes[1].taps * shape_.axes[2].taps, of_tap = tiles_.of_tap();
    for (std::int64_t row = 0; row < rows; row += most_rows) {
      const std::int64_t count = std::min<std::int64_t>(most_rows, rows - row);
      std::array<std::int64_t, most_rows> places{};
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t t = (row + r) / of_tap, rest = (row + r) % of_tap;
        places[static_cast<std::size_t>(r)] = rest / plane * taps + t * plane + rest % plane;
      }
      kernels_.put({all + row * wide, wide, count, cut_.channels(panel), to, rows, places.data(), false});
    }
  }
  static constexpr std::size_t most_rows = 16;

  const ConvolutionShape shape_;
  const WindowKernels<T>& kernels_;
  bool by_dots_;  ///< whether lanes are positions: the way follows from the whole shape
  Stage stage_;
  WeightTiles<T> tiles_;
  WeightDots<T> dots_;
  WeightCut<T> cut_;
};

}  // namespace capstan::kernels
