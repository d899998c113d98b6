// PhasePlanes: one phase of some images and the channels of a group that has one input, plane by plane: convolutions of each
// channel by itself, with 3 × 3 or 5 × 5 taps.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/phase_places.hpp"

namespace capstan::kernels {

template <class T>
class PhasePlanes {
 public:
  PhasePlanes(const WindowKernels<T>& kernels, const Stage& stage, const PhasePlaces& places)
      : kernels_{kernels}, stage_{stage}, places_{places} {}

  /// Whether this is the way for a correlation.
  static bool pays(const Correlations& all) {
    const auto [planes, rows, columns] = all.phase(0).axes;
    const bool is_square = planes.taps == columns.taps && (planes.taps == 3 || planes.taps == 5);
    return all.from() == 1 && all.phases() == 1 && is_square && rows.taps == 1 && rows.out == 1 && rows.in == 1 &&
           rows.before == 0 && planes.stride == 1 && planes.dilation == 1 && columns.out > 0 &&
           (columns.stride == 1 || columns.before >= 0);
  }

  /// Elements of scratch: a row of zeros, for those above and below an image.
  static std::int64_t sums(const Stage& stage) { return stage.step(0) + room; }

  void run(const PhaseOperands<T>& o) const {
    const auto& [planes, rows, columns] = places_.phase().axes;
    std::fill_n(o.sums, sums(stage_), T(0));
    std::array<std::int64_t, 5> at{};
    for (std::int64_t j = 0; j < columns.taps; ++j) {
      at[static_cast<std::size_t>(j)] = stage_.before(2) - columns.before + stage_.column(j * columns.dilation);
    }
    for (std::int64_t channel = 0; channel < o.channels; ++channel) {
      std::array<T, 25> weights{};
      for (std::int64_t k = 0; k < places_.steps(); ++k) {
        weights[static_cast<std::size_t>(k)] = o.weights[k * o.vectors * kernels_.lanes + channel];
      }
      for (std::int64_t image = 0; image < o.images; ++image) {
        kernels_.plane({.x = o.from + image * stage_.image(),
                        .x_row = stage_.step(0),
                        .rows_in = planes.in,
                        .before = planes.before,
                        .zeros = o.sums,
                        .columns_at = at.data(),
                        .weights = weights.data(),
                        .taps = static_cast<int>(planes.taps),
                        .y = o.to + image * o.image_out + channel * places_.channel(),
                        .rows = planes.out,
                        .columns = columns.out});
      }
    }
  }

 private:
  static constexpr std::int64_t room = 32;  ///< elements that whole vectors may reach behind a row

  const WindowKernels<T>& kernels_;
  const Stage& stage_;
  const PhasePlaces& places_;
};

}  // namespace capstan::kernels
