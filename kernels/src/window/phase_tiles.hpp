// PhaseTiles: one phase of some images and one panel of channels, by tiles whose rows are positions. PhaseRows: the same where
// there are few channels, by rows whose lanes are positions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/kernels.hpp"
#include "window/phase_places.hpp"

namespace capstan::kernels {

/// Steps that are summed before sums are stored.
template <class T>
constexpr std::int64_t depth_of_sums = 3072 / sizeof(T);

template <class T>
class PhaseTiles {
 public:
  PhaseTiles(const WindowKernels<T>& kernels, const PhasePlaces& places) : kernels_{kernels}, places_{places} {}

  /// Elements of scratch.
  static std::int64_t sums(const WindowKernels<T>& kernels) { return most_rows * 2 * kernels.lanes; }

  void run(const PhaseOperands<T>& o) const {
    const auto planes = [&](std::int64_t image, std::int64_t plane, std::int64_t count, const Steps& steps,
                            bool accumulate) {
      const std::int64_t most = kernels_.most_rows(o.vectors), n = count * places_.plane(),
                         tiles = (n + most - 1) / most;
      for (std::int64_t i = 0; i < tiles; ++i) {
        const std::int64_t first = n * i / tiles, end = n * (i + 1) / tiles;
        tile(o, image, plane * places_.plane() + first, static_cast<int>(end - first), steps, accumulate);
      }
    };
    places_.for_planes(o.images, depth_of_sums<T>, planes);
  }

  /// With the taps that lie inside the image along every axis, and no others: position by position.
  void run_exactly(const PhaseOperands<T>& o) const {
    for (std::int64_t image = 0; image < o.images; ++image) {
      for (std::int64_t i = 0; i < places_.planes() * places_.plane(); ++i) exactly(o, image, places_.position(i));
    }
  }

 private:
  static constexpr int most_rows = 16;

  void tile(const PhaseOperands<T>& o, std::int64_t image, std::int64_t first, int rows, const Steps& steps,
            bool accumulate) const {
    std::array<std::int64_t, most_rows> at{}, to{};
    PhasePlaces::Position q = places_.position(first);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r, places_.next(q)) {
      at[r] = places_.in(q);
      to[r] = places_.out(q);
    }
    const std::int64_t width = o.vectors * kernels_.lanes;
    kernels_.tile({o.from + places_.first_in(image), at.data(), o.along + steps.first, o.weights + steps.first * width,
                   steps.end - steps.first, o.sums, width, rows, o.vectors, false});
    put(o, image, to.data(), rows, accumulate);
  }

  void put(const PhaseOperands<T>& o, std::int64_t image, const std::int64_t* places, int rows, bool accumulate) const {
    T* const to = o.to + image * o.image_out + places_.first_out();
    const bool near = places_.side_by_side();
    kernels_.put({o.sums, o.vectors * kernels_.lanes, rows, o.channels, near ? to + places[0] : to, places_.channel(),
                  near ? nullptr : places, accumulate});
  }

  void exactly(const PhaseOperands<T>& o, std::int64_t image, const PhasePlaces::Position& q) const {
    const auto& axes = places_.phase().axes;
    const std::int64_t at = places_.in(q), to = places_.out(q), width = o.vectors * kernels_.lanes;
    const std::int64_t row = axes[2].taps, group = axes[1].taps * row;
    const auto [first, end] = places_.inside(q[0]);
    const auto [above, below] = taps_inside(axes[1], q[1]);
    const auto [left, right] = taps_inside(axes[2], q[2]);
    bool accumulate = false;
    const auto add = [&](std::int64_t k, std::int64_t count) {
      kernels_.tile({o.from + places_.first_in(image), &at, o.along + k, o.weights + k * width, count, o.sums, width, 1,
                     o.vectors, accumulate});
      accumulate = true;
    };
    add(0, 0);
    for (std::int64_t k = first; k < end && left < right; k += group) {
      for (std::int64_t u = above; u < below; ++u) add(k + u * row + left, right - left);
    }
    put(o, image, &to, 1, false);
  }

  const WindowKernels<T>& kernels_;
  const PhasePlaces& places_;
};

template <class T>
class PhaseRows {
 public:
  PhaseRows(const WindowKernels<T>& kernels, const PhasePlaces& places) : kernels_{kernels}, places_{places} {}

  /// Elements of scratch: for rows that do not lie side by side where they are written.
  static std::int64_t sums(const WindowKernels<T>& kernels) {
    return kernels.most_channels * WindowRow<T>::most_vectors * kernels.lanes;
  }

  void run(const PhaseOperands<T>& o) const {
    const std::int64_t parts = (o.channels + kernels_.most_channels - 1) / kernels_.most_channels;
    const auto planes = [&](std::int64_t image, std::int64_t plane, std::int64_t count, const Steps& steps,
                            bool accumulate) {
      for (std::int64_t part = 0; part < parts; ++part) {
        const std::int64_t first = o.channels * part / parts, end = o.channels * (part + 1) / parts;
        rows(o, {image, plane, count, first, static_cast<int>(end - first), steps, accumulate});
      }
    };
    places_.for_planes(o.images, depth_of_sums<T>, planes);
  }

 private:
  /// Some channels in planes of an image.
  struct Part {
    std::int64_t image, plane, planes, channel;
    int channels;
    Steps steps;
    bool accumulate;
  };

  void rows(const PhaseOperands<T>& o, const Part& part) const {
    const std::int64_t columns = places_.columns(), lanes = kernels_.lanes, pieces = (columns + lanes - 1) / lanes;
    const std::int64_t all = part.planes * places_.phase().axes[1].out * pieces;
    const int vectors = kernels_.vectors_of_row(part.channels);
    PhasePlaces::Position q{part.plane, 0, 0};
    for (std::int64_t i = 0; i < all; i += vectors) {
      std::array<std::int64_t, WindowRow<T>::most_vectors> at{}, to{}, counts{};
      for (std::size_t v = 0; v < static_cast<std::size_t>(vectors); ++v) {
        at[v] = at[0];
        if (i + static_cast<std::int64_t>(v) >= all) continue;
        at[v] = places_.in(q);
        to[v] = places_.out(q);
        counts[v] = std::min(lanes, columns - q[2]);
        q[2] += lanes;
        if (q[2] < columns) continue;
        q[2] = columns - 1;
        places_.next(q);
      }
      row(o, part, at.data(), to.data(), counts.data(), vectors);
    }
  }

  void row(const PhaseOperands<T>& o, const Part& part, const std::int64_t* at, const std::int64_t* to,
           const std::int64_t* counts, int vectors) const {
    const std::int64_t width = o.vectors * kernels_.lanes, channel = places_.channel();
    T* const y = o.to + part.image * o.image_out + places_.first_out() + part.channel * channel;
    WindowRow<T> r{o.from + places_.first_in(part.image),
                   at,
                   o.along + part.steps.first,
                   o.weights + part.steps.first * width + part.channel,
                   width,
                   part.steps.end - part.steps.first,
                   y,
                   channel,
                   to,
                   counts,
                   part.channels,
                   part.accumulate};
    if (places_.rows_side_by_side()) return kernels_.row(r);
    std::array<std::int64_t, WindowRow<T>::most_vectors> beside{};
    for (std::size_t v = 0; v < beside.size(); ++v) beside[v] = static_cast<std::int64_t>(v) * kernels_.lanes;
    r.to = o.sums;
    r.to_channel = vectors * kernels_.lanes;
    r.places = beside.data();
    r.accumulate = false;
    kernels_.row(r);
    spread(o.sums, part, to, counts, vectors, y);
  }

  /// Sums that were stored side by side, to where they belong.
  void spread(const T* sums, const Part& part, const std::int64_t* to, const std::int64_t* counts, int vectors,
              T* y) const {
    const std::int64_t step = places_.out({0, 0, 1});
    for (int c = 0; c < part.channels; ++c) {
      for (int v = 0; v < vectors; ++v) {
        T* const at = y + c * places_.channel() + to[v];
        const T* const from = sums + (c * vectors + v) * kernels_.lanes;
        for (std::int64_t q = 0; q < counts[v]; ++q) {
          at[q * step] = part.accumulate ? at[q * step] + from[q] : from[q];
        }
      }
    }
  }

  const WindowKernels<T>& kernels_;
  const PhasePlaces& places_;
};

}  // namespace capstan::kernels
