// WeightCorrelator: the gradient of the weights of a convolution. Only dy is packed. Threads take panels of output channels
// or, where those are few, chunks of images as well; the shape alone says how many chunks there are, and their sums are added
// in order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/threads.hpp>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/memory.hpp"
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
        stage_{{extents_of_x(shape_), shape.inputs, shape.groups * shape.inputs, sizeof(T)},
               Correlations{shape, true}.reach(),
               by_dots_ ? shape.axes[2].stride : 0},
        tiles_{shape_, stage_, kernels_},
        dots_{shape_, kernels_, tiles_},
        cut_{shape_, kernels_.lanes, tiles_.rows(), by_dots_ ? dots_.sums() : 0} {}
  WeightCorrelator(const WeightCorrelator&) = delete;
  WeightCorrelator& operator=(const WeightCorrelator&) = delete;

  ConvolutionScratch scratch() const {
    const std::int64_t steps = cut_.steps_at_once();
    return {bytes_for<T>(cut_.sums()), add_sizes(bytes_for<std::int64_t>(steps),
                                                 bytes_for<T>(steps * cut_.width() + stage_.elements(cut_.images())))};
  }

  void run(const T* x, const T* dy, T* dw, std::byte* scratch, int threads) const {
    const Call call{x, dy, reinterpret_cast<T*>(scratch), scratch + aligned(this->scratch().shared),
                    count_parts(work(), threads) == 1 ? 1 : threads};
    by_dots_ ? make_by_dots(call, dw) : make(call, dw, false);
    // An infinite dy that met a zero of a border has left NaN.
    if (stage_.borders() && !all_finite(dw, channels_of_y() * tiles_.rows()) && !all_finite(dy, elements_of_y()))
      make(call, dw, true);
  }

 private:
  struct Call {
    const T* x;
    const T* dy;
    T* sums;
    std::byte* scratch;  ///< of the first thread
    int limit;
  };

  std::int64_t channels_of_y() const { return shape_.groups * shape_.outputs; }
  std::int64_t elements_of_y() const { return shape_.examples * channels_of_y() * elements_of(extents_of_y(shape_)); }
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
    const std::int64_t of_x = elements_of(extents_of_x(shape_)), of_y = elements_of(extents_of_y(shape_));
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
      const T* const all = add_chunks(call, group, 0, dots_.sums());
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
    const std::int64_t images = std::min(cut_.images(), shape_.examples - image),
                       of_x = elements_of(extents_of_x(shape_));
    const std::int64_t image_in = shape_.groups * shape_.inputs * of_x;
    auto* const along = reinterpret_cast<std::int64_t*>(scratch);
    auto* const packed = reinterpret_cast<T*>(scratch + bytes_for<std::int64_t>(cut_.steps_at_once()));
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
    const std::int64_t of_y = elements_of(extents_of_y(shape_)), wide = cut_.vectors(panel) * kernels_.lanes;
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
    const std::int64_t wide = cut_.vectors(panel) * kernels_.lanes, rows = tiles_.rows();
    const T* const all = add_chunks(call, group, panel, wide * rows);
    tiles_.put(all, cut_.vectors(panel), cut_.channels(panel),
               dw + (group * shape_.outputs + panel * cut_.width()) * rows);
  }

  /// Adds the sums of all chunks to those of the first one, in order.
  const T* add_chunks(const Call& call, std::int64_t group, std::int64_t panel, std::int64_t n) const {
    T* const all = sums(call, 0, group, panel);
    for (std::int64_t chunk = 1; chunk < cut_.chunks(); ++chunk) {
      const T* const some = sums(call, chunk, group, panel);
      for (std::int64_t i = 0; i < n; ++i) all[i] += some[i];
    }
    return all;
  }

  const ConvolutionShape shape_;
  const WindowKernels<T>& kernels_;
  bool by_dots_;  ///< whether lanes are positions: the way follows from the whole shape
  Stage stage_;
  WeightTiles<T> tiles_;
  WeightDots<T> dots_;
  WeightCut<T> cut_;
};

}  // namespace capstan::kernels
