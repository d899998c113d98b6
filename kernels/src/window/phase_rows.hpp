// PhaseRows: one phase of some images and one panel of channels, by vectors whose lanes are neighbouring positions of a row. It
// pays where there are few channels.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/kernels.hpp"
#include "window/phase_places.hpp"

namespace capstan::kernels {

template <class T>
class PhaseRows {
 public:
  PhaseRows(const WindowKernels<T>& kernels, const PhasePlaces& places, const PhaseOperands<T>& operands)
      : kernels_{kernels},
        places_{places},
        o_{operands},
        parts_{(operands.channels + kernels.most_channels - 1) / kernels.most_channels},
        vectors_{kernels.vectors_of_row(static_cast<int>((operands.channels + parts_ - 1) / parts_))} {}

  /// Elements of scratch: for rows that do not lie side by side where they are written.
  static std::int64_t sums(const WindowKernels<T>& kernels) {
    return kernels.most_channels * WindowRow<T>::most_vectors * kernels.lanes;
  }

  /// Whether this is the way for a correlation, and tiles are not. A sum's cost is 1 for a multiplication in every lane of a
  /// vector, times what lies idle and what comes with it.
  static bool pays(const Correlations& all, std::int64_t lanes) {
    const Correlation phase = all.phase(0);
    const auto idle = [&](std::int64_t n) {
      return static_cast<double>((n + lanes - 1) / lanes * lanes) / static_cast<double>(std::max<std::int64_t>(n, 1));
    };
    const CorrelationAxis& columns = phase.axes[2];
    if (columns.before < 0 && columns.stride > 1) return false;
    const auto steps = static_cast<double>(std::max<std::int64_t>(all.from() * phase.taps(), 1));
    const auto channels = static_cast<double>(std::max<std::int64_t>(all.to(), 1));
    const double tiles = idle(all.to()) * (1.0 + 12.0 / steps);
    const double rows = idle(columns.out) * (1.0 + 4.0 / steps + 1.0 / channels);
    return rows < tiles;
  }

  void run() const {
    const auto planes = [&](std::int64_t, std::int64_t plane, std::int64_t count, const Steps& steps, bool accumulate) {
      for (std::int64_t part = 0; part < parts_; ++part) {
        Vectors some{o_.channels * part / parts_, o_.channels * (part + 1) / parts_, steps, accumulate};
        for (std::int64_t image = 0; image < o_.images; ++image) {
          for (std::int64_t p = plane; p < plane + count; ++p) {
            for (std::int64_t row = 0; row < places_.phase().axes[1].out; ++row) add_row(some, image, {p, row, 0});
          }
        }
        if (some.count > 0) compute(some);
      }
    };
    places_.for_planes(1, depth_of_sums<T>, planes);
  }

 private:
  /// Some channels of the vectors that are computed at once.
  struct Vectors {
    using Numbers = std::array<std::int64_t, WindowRow<T>::most_vectors>;
    std::int64_t first_channel, end_channel;
    Steps steps;
    bool accumulate;
    int count = 0;
    Numbers at = {}, to = {}, lanes = {};
  };

  void add_row(Vectors& some, std::int64_t image, const PhasePlaces::Position& q) const {
    const std::int64_t at = places_.first_in(image) + places_.in(q), columns = places_.columns();
    const std::int64_t to = image * o_.image_out + places_.first_out() + places_.out(q), step = places_.out({0, 0, 1});
    for (std::int64_t first = 0; first < columns; first += kernels_.lanes) {
      const auto v = static_cast<std::size_t>(some.count++);
      some.at[v] = at + first;
      some.to[v] = to + first * step;
      some.lanes[v] = std::min(kernels_.lanes, columns - first);
      if (some.count == vectors_) compute(some);
    }
  }

  void compute(Vectors& some) const {
    for (auto v = static_cast<std::size_t>(some.count); v < some.at.size(); ++v)
      some.at[v] = some.at[0], some.lanes[v] = 0;
    const std::int64_t width = o_.vectors * kernels_.lanes, channel = some.first_channel;
    const int channels = static_cast<int>(some.end_channel - channel);
    T* const y = o_.to + channel * places_.channel();
    WindowRow<T> r{o_.from,
                   some.at.data(),
                   o_.along + some.steps.first,
                   o_.weights + some.steps.first * width + channel,
                   width,
                   some.steps.end - some.steps.first,
                   y,
                   places_.channel(),
                   some.to.data(),
                   some.lanes.data(),
                   channels,
                   some.count,
                   some.accumulate};
    if (places_.rows_side_by_side()) {
      kernels_.row(r);
    } else {
      compute_apart(r, some, y);
    }
    some.count = 0;
  }

  void compute_apart(WindowRow<T>& r, const Vectors& some, T* y) const {
    typename Vectors::Numbers beside{};
    for (std::size_t v = 0; v < beside.size(); ++v) beside[v] = static_cast<std::int64_t>(v) * kernels_.lanes;
    r.to = o_.sums;
    r.to_channel = vectors_ * kernels_.lanes;
    r.places = beside.data();
    r.accumulate = false;
    kernels_.row(r);
    spread(some, r.channels, some.accumulate, y);
  }

  /// Sums that were stored side by side, to where they belong.
  void spread(const Vectors& some, int channels, bool accumulate, T* y) const {
    const std::int64_t step = places_.out({0, 0, 1});
    for (int c = 0; c < channels; ++c) {
      for (int v = 0; v < some.count; ++v) {
        T* const at = y + c * places_.channel() + some.to[static_cast<std::size_t>(v)];
        const T* const from = o_.sums + (c * vectors_ + v) * kernels_.lanes;
        for (std::int64_t q = 0; q < some.lanes[static_cast<std::size_t>(v)]; ++q) {
          at[q * step] = accumulate ? at[q * step] + from[q] : from[q];
        }
      }
    }
  }

  const WindowKernels<T>& kernels_;
  const PhasePlaces& places_;
  const PhaseOperands<T>& o_;
  std::int64_t parts_;  ///< of the panel's channels
  int vectors_;
};

}  // namespace capstan::kernels
