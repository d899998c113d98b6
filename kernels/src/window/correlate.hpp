// Correlator: computes a correlation with positions as the rows of tiles and channels as their lanes. The weights are packed
// once a call, and windows are read where they lie, at any stride.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/threads.hpp>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/panels.hpp"
#include "window/phase_tiles.hpp"
#include "window/stage.hpp"

namespace capstan::kernels {

template <class T>
class Correlator {
 public:
  Correlator(const ConvolutionShape& shape, bool forward, Isa isa)
      : all_{shape, forward},
        kernels_{window_kernels<T>(isa)},
        panels_{all_, kernels_.lanes},
        stage_{all_.in(), all_.reach(), all_.from(), all_.groups() * all_.from(), sizeof(T)},
        images_{images_at_once()} {}
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  ConvolutionScratch scratch() const {
    return {add_sizes(bytes<std::int64_t>(steps()), bytes<T>(panels_.elements())),
            bytes<T>(stage_.elements(images_) + PhaseTiles<T>::sums(kernels_))};
  }

  void run(const T* x, const T* w, T* y, std::byte* scratch, int threads) const {
    auto* const along = reinterpret_cast<std::int64_t*>(scratch);
    auto* const packed = reinterpret_cast<T*>(scratch + bytes<std::int64_t>(steps()));
    const ConvolutionScratch sizes = this->scratch();
    const int limit = count_parts(work(), threads) == 1 ? 1 : threads;
    fill_along(along);
    const bool finite = pack(w, packed, limit);
    const Call call{x, y, along, packed, !finite && stage_.borders()};
    const std::int64_t chunks = (all_.examples() + images_ - 1) / images_, whole = chunks * all_.groups();
    const std::int64_t cuts = whole >= 2 * limit ? 1 : std::min<std::int64_t>(panels_.count(), 2 * limit);
    parallel_for(whole * cuts, limit, [&](std::int64_t part, int worker) {
      const auto [first, end] = range_of(panels_.count(), part % cuts, cuts);
      const std::int64_t chunk = part / cuts / all_.groups(), image = chunk * images_;
      auto* const own = reinterpret_cast<T*>(scratch + aligned(sizes.shared) + worker * aligned(sizes.worker));
      compute(call, {part / cuts % all_.groups(), image, std::min(images_, all_.examples() - image), first, end}, own);
    });
  }

 private:
  static constexpr std::int64_t positions = 256;  ///< of the images that a thread takes at once, at least

  struct Call {
    const T* x;
    T* y;
    const std::int64_t* along;
    const T* packed;
    bool exact;  ///< whether an infinite weight could meet a zero that stands for nothing
  };
  /// What a thread computes at once: some images, and some panels of one group.
  struct Part {
    std::int64_t group, image, images, first_panel, end_panel;
  };

  template <class N>
  static std::size_t bytes(std::int64_t count) {
    return aligned(multiply_sizes(static_cast<std::size_t>(count), sizeof(N)));
  }
  static std::int64_t elements(const std::array<std::int64_t, 3>& extents) {
    return extents[0] * extents[1] * extents[2];
  }
  std::int64_t steps() const { return all_.from() * all_.taps(); }
  std::int64_t images_at_once() const {
    const std::int64_t of_image = std::max<std::int64_t>(all_.phase(0).positions(), 1);
    return std::clamp<std::int64_t>((positions + of_image - 1) / of_image, 1,
                                    std::max<std::int64_t>(all_.examples(), 1));
  }
  double work() const {
    return work::multiplication * static_cast<double>(all_.examples() * all_.groups()) * static_cast<double>(steps()) *
           static_cast<double>(all_.to()) * static_cast<double>(elements(all_.out())) /
           static_cast<double>(all_.phases());
  }

  /// For each phase, where the window's element of a step is from its first one.
  void fill_along(std::int64_t* along) const {
    for (std::int64_t i = 0; i < all_.phases(); ++i) {
      const Correlation phase = all_.phase(i);
      const auto step = [&](std::size_t axis) { return phase.axes[axis].dilation * stage_.step(axis); };
      for_steps(phase, all_.from(), [&](std::int64_t channel, std::int64_t t, std::int64_t u, std::int64_t j) {
        *along++ = channel * stage_.channel() + t * step(0) + u * step(1) + j * step(2);
      });
    }
  }

  bool pack(const T* w, T* packed, int limit) const {
    std::atomic<bool> finite{true};
    parallel_for(all_.groups() * panels_.count(), limit, [&](std::int64_t i, int) {
      if (!panels_.pack(w, i / panels_.count(), i % panels_.count(), packed)) finite = false;
    });
    return finite;
  }

  void compute(const Call& call, const Part& part, T* scratch) const {
    const std::int64_t image_in = all_.groups() * all_.from() * elements(all_.in());
    const std::int64_t channel = part.group * all_.from() * elements(all_.in());
    T* const sums = scratch + stage_.elements(images_);
    const T* const from = stage_.images(call.x + part.image * image_in + channel, image_in, part.images, scratch);
    const std::int64_t out = elements(all_.out()), image_out = all_.groups() * all_.to() * out;
    for (std::int64_t panel = part.first_panel; panel < part.end_panel; ++panel) {
      const std::int64_t first = part.group * all_.to() + panels_.first_channel(panel);
      const std::int64_t width = panels_.vectors(panel) * kernels_.lanes;
      const std::int64_t* along = call.along;
      const T* weights = panels_.at(call.packed, part.group, panel);
      T* const to = call.y + part.image * image_out + first * out;
      for (std::int64_t i = 0; i < all_.phases(); ++i) {
        const Correlation phase = all_.phase(i);
        const PhaseTiles<T> tiles{kernels_, stage_, phase, all_.from(), all_.out(), sums};
        tiles.run({from, along, weights, to, part.images, image_out, panels_.channels(panel), panels_.vectors(panel)},
                  call.exact);
        along += all_.from() * phase.taps();
        weights += all_.from() * phase.taps() * width;
      }
    }
  }

  Correlations all_;
  const WindowKernels<T>& kernels_;
  Panels<T> panels_;
  Stage stage_;
  std::int64_t images_;  ///< at once
};

}  // namespace capstan::kernels
