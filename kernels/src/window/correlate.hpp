// Correlator: computes a correlation with positions as the rows of tiles and channels as their lanes. The weights are packed
// once a call, and windows are read where they lie, at any stride.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/threads.hpp>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/memory.hpp"
#include "window/panels.hpp"
#include "window/phase_planes.hpp"
#include "window/phase_rows.hpp"
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
        by_planes_{PhasePlanes<T>::pays(all_)},
        by_rows_{by_planes_ || PhaseRows<T>::pays(all_, kernels_.lanes)},
        stage_{{all_.in(), all_.from(), all_.groups() * all_.from(), sizeof(T)},
               all_.reach(),
               by_rows_ ? all_.phase(0).axes[2].stride : 0},
        images_{images_at_once()},
        groups_{groups_at_once()} {}
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  ConvolutionScratch scratch() const {
    return {add_sizes(bytes_for<std::int64_t>(steps()), bytes_for<T>(panels_.elements())),
            bytes_for<T>(stage_.elements(images_) + sums())};
  }

  void run(const T* x, const T* w, T* y, std::byte* scratch, int threads) const {
    auto* const along = reinterpret_cast<std::int64_t*>(scratch);
    auto* const packed = reinterpret_cast<T*>(scratch + bytes_for<std::int64_t>(steps()));
    const ConvolutionScratch sizes = this->scratch();
    const int limit = count_parts(work(), threads) == 1 ? 1 : threads;
    fill_along(along);
    const bool finite = pack(w, packed, limit);
    const Call call{x, y, along, packed, !finite && (stage_.borders() || by_planes_)};
    const std::int64_t chunks = (all_.examples() + images_ - 1) / images_;
    const std::int64_t stretches = (all_.groups() + groups_ - 1) / groups_, whole = chunks * stretches;
    const std::int64_t cuts = whole >= 2 * limit ? 1 : std::min<std::int64_t>(panels_.count(), 2 * limit);
    parallel_for(whole * cuts, limit, [&](std::int64_t part, int worker) {
      const std::int64_t image = part / cuts / stretches * images_, images = std::min(images_, all_.examples() - image);
      auto* const own = reinterpret_cast<T*>(scratch + aligned(sizes.shared) + worker * aligned(sizes.worker));
      const Range groups = range_of(all_.groups(), part / cuts % stretches, stretches);
      for (std::int64_t group = groups.begin; group < groups.end; ++group) {
        compute(call, {group, image, images, range_of(panels_.count(), part % cuts, cuts)}, own);
      }
    });
  }

 private:
  static constexpr std::int64_t positions = 256;  ///< of the images that a thread takes at once, at least

  static constexpr std::int64_t near = (1 << 17) / sizeof(T);  ///< elements of images that a near cache holds

  struct Call {
    const T* x;
    T* y;
    const std::int64_t* along;
    const T* packed;
    bool exact;  ///< whether an infinite weight could meet a zero that stands for nothing
  };
  /// What a thread computes at once: some images, and some panels of one group.
  struct Part {
    std::int64_t group, image, images;
    Range panels;
  };

  std::int64_t steps() const { return all_.from() * all_.taps(); }
  /// Elements of a thread's scratch for any way.
  std::int64_t sums() const {
    return std::max({PhaseTiles<T>::sums(kernels_), PhaseRows<T>::sums(kernels_), PhasePlanes<T>::sums(stage_)});
  }
  std::int64_t images_at_once() const {
    const std::int64_t of_image = std::max<std::int64_t>(all_.phase(0).positions(), 1);
    const std::int64_t few = std::clamp<std::int64_t>(near / std::max<std::int64_t>(stage_.elements(1), 1), 1, 8);
    // Many groups are read one after the other, as they lie in memory.
    const std::int64_t least =
        std::max((positions + of_image - 1) / of_image, by_rows_ && all_.groups() == 1 ? few : 1);
    return std::clamp<std::int64_t>(least, 1, std::max<std::int64_t>(all_.examples(), 1));
  }
  /// Groups of little work are taken together.
  std::int64_t groups_at_once() const {
    const double of_group =
        work() / static_cast<double>(std::max<std::int64_t>(all_.groups() * all_.examples() / images_, 1));
    const double enough = static_cast<double>(part_work) / std::max(of_group, 1.0);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(enough, 1e6)), 1, all_.groups());
  }

  double work() const {
    return work::multiplication * static_cast<double>(all_.examples() * all_.groups()) * static_cast<double>(steps()) *
           static_cast<double>(all_.to()) * static_cast<double>(elements_of(all_.out())) /
           static_cast<double>(all_.phases());
  }

  /// For each phase, where the window's element of a step is from its first one.
  void fill_along(std::int64_t* along) const {
    for (std::int64_t i = 0; i < all_.phases(); ++i) {
      const Correlation phase = all_.phase(i);
      const auto step = [&](std::size_t axis) { return phase.axes[axis].dilation * stage_.step(axis); };
      const std::int64_t dilation = phase.axes[2].dilation;
      for_steps(phase, all_.from(), [&](std::int64_t channel, std::int64_t t, std::int64_t u, std::int64_t j) {
        *along++ = channel * stage_.channel() + t * step(0) + u * step(1) + stage_.column(j * dilation);
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
    const std::int64_t image_in = all_.groups() * all_.from() * elements_of(all_.in());
    const std::int64_t channel = part.group * all_.from() * elements_of(all_.in());
    T* const sums = scratch + stage_.elements(images_);
    const T* const from =
        stage_.images(kernels_, call.x + part.image * image_in + channel, image_in, part.images, scratch);
    const std::int64_t out = elements_of(all_.out()), image_out = all_.groups() * all_.to() * out;
    for (std::int64_t panel = part.panels.begin; panel < part.panels.end; ++panel) {
      const std::int64_t first = part.group * all_.to() + panels_.first_channel(panel);
      T* const to = call.y + part.image * image_out + first * out;
      PhaseOperands<T> o{from,
                         call.along,
                         panels_.at(call.packed, part.group, panel),
                         to,
                         part.images,
                         image_out,
                         panels_.channels(panel),
                         panels_.vectors(panel),
                         sums};
      for (std::int64_t i = 0; i < all_.phases(); ++i) {
        const Correlation phase = all_.phase(i);
        compute(PhasePlaces{stage_, phase, all_.from(), all_.out()}, o, call.exact);
        o.along += all_.from() * phase.taps();
        o.weights += all_.from() * phase.taps() * o.vectors * kernels_.lanes;
      }
    }
  }

  void compute(const PhasePlaces& places, const PhaseOperands<T>& o, bool exact) const {
    if (exact) return PhaseTiles<T>{kernels_, places}.run_exactly(o);
    if (by_planes_) return PhasePlanes<T>{kernels_, stage_, places}.run(o);
    if (by_rows_) return PhaseRows<T>{kernels_, places, o}.run();
    PhaseTiles<T>{kernels_, places}.run(o);
  }

  Correlations all_;
  const WindowKernels<T>& kernels_;
  Panels<T> panels_;
  // The way follows from the whole shape.
  bool by_planes_, by_rows_;  ///< whether lanes are positions, and whether whole planes are computed at once
  Stage stage_;
  std::int64_t images_, groups_;  ///< at once
};

}  // namespace capstan::kernels
