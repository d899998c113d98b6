// Panels: the weights of a correlation, packed once a call so that tiles read them from front to back. A panel has one or two
// vectors of the channels that are written; in it lie the phases one after the other, and a row of lanes for each step.
#pragma once

#include <algorithm>
#include <cstdint>

#include "window/correlation.hpp"

namespace capstan::kernels {

/// Calls use(channel, t, u, j) for each step of a phase in the order in which they are summed: the taps of the first axis
/// outermost, so that those that lie outside an image are one end of it.
template <class Use>
void for_steps(const Correlation& phase, std::int64_t channels, Use use) {
  for (std::int64_t t = 0; t < phase.axes[0].taps; ++t) {
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      for (std::int64_t u = 0; u < phase.axes[1].taps; ++u) {
        for (std::int64_t j = 0; j < phase.axes[2].taps; ++j) use(channel, t, u, j);
      }
    }
  }
}

template <class T>
class Panels {
 public:
  Panels(const Correlations& all, std::int64_t lanes) : all_{all}, lanes_{lanes}, steps_{all.from() * all.taps()} {}

  /// Of one group.
  std::int64_t count() const { return (all_.to() + 2 * lanes_ - 1) / (2 * lanes_); }
  std::int64_t elements() const { return all_.groups() * of_group(); }

  std::int64_t first_channel(std::int64_t panel) const { return panel * 2 * lanes_; }
  std::int64_t channels(std::int64_t panel) const { return std::min(2 * lanes_, all_.to() - first_channel(panel)); }
  int vectors(std::int64_t panel) const { return channels(panel) > lanes_ ? 2 : 1; }
  const T* at(const T* packed, std::int64_t group, std::int64_t panel) const {
    return packed + group * of_group() + first_channel(panel) * steps_;
  }

  /// Packs a panel of a group; false if a weight is infinite or NaN.
  bool pack(const T* w, std::int64_t group, std::int64_t panel, T* packed) const {
    const CorrelationWeights steps = all_.weights();
    const std::int64_t width = vectors(panel) * lanes_, some = channels(panel);
    const T* const from = w + group * steps.group + first_channel(panel) * steps.to_channel;
    T* to = packed + group * of_group() + first_channel(panel) * steps_;
    T unlike = 0;  // stays 0 as long as all are finite
    for (std::int64_t i = 0; i < all_.phases(); ++i) {
      const Correlation phase = all_.phase(i);
      for_steps(phase, all_.from(), [&](std::int64_t channel, std::int64_t t, std::int64_t u, std::int64_t j) {
        const T* const weight = from + channel * steps.from_channel + offset(phase, t, u, j);
        for (std::int64_t lane = 0; lane < some; ++lane) {
          to[lane] = weight[lane * steps.to_channel];
          unlike += to[lane] - to[lane];
        }
        std::fill(to + some, to + width, T(0));
        to += width;
      });
    }
    return unlike == T(0);
  }

 private:
  std::int64_t of_group() const { return (all_.to() + lanes_ - 1) / lanes_ * lanes_ * steps_; }
  std::int64_t offset(const Correlation& phase, std::int64_t t, std::int64_t u, std::int64_t j) const {
    const auto along = [&](std::size_t axis, std::int64_t tap) {
      return (phase.axes[axis].first_tap + tap * phase.axes[axis].tap_step) * all_.tap_step(axis);
    };
    return along(0, t) + along(1, u) + along(2, j);
  }

  const Correlations& all_;
  std::int64_t lanes_, steps_;
};

}  // namespace capstan::kernels
