// PhaseTiles: one phase of some images and one panel of channels, by tiles whose rows are positions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/kernels.hpp"
#include "window/phase_places.hpp"

namespace capstan::kernels {

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

}  // namespace capstan::kernels
