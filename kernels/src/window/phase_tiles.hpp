// PhaseTiles: one phase of some images and one panel of channels, tile by tile.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/correlation.hpp"
#include "window/kernels.hpp"
#include "window/stage.hpp"

namespace capstan::kernels {

/// The operands of a phase.
template <class T>
struct PhaseOperands {
  const T* from;              ///< the staged images
  const std::int64_t* along;  ///< for each step
  const T* weights;           ///< the panel's, of this phase
  T* to;                      ///< the panel's first channel in the first image
  std::int64_t images, image_out, channels;
  int vectors;
};

template <class T>
class PhaseTiles {
 public:
  PhaseTiles(const WindowKernels<T>& kernels, const Stage& stage, const Correlation& phase, std::int64_t from_channels,
             const std::array<std::int64_t, 3>& out, T* sums)
      : kernels_{kernels},
        phase_{phase},
        stage_{stage},
        out_{out},
        sums_{sums},
        of_tap_{from_channels * phase.axes[1].taps * phase.axes[2].taps},
        steps_{of_tap_ * phase.axes[0].taps} {
    std::int64_t element = 1;
    for (std::size_t axis = 3; axis-- > 0;) {
      const CorrelationAxis& a = phase.axes[axis];
      in_[axis] = a.stride * stage.step(axis);
      first_ += ((axis == 0 ? 0 : stage.before(axis)) - a.before) * stage.step(axis);
      to_[axis] = a.place_step * element;
      first_place_ += a.first_place * element;
      element *= out[axis];
      side_by_side_ = side_by_side_ && a.place_step == 1 && a.out == out[axis];
    }
    of_channel_ = element;
    plane_ = phase.axes[1].out * phase.axes[2].out;
  }

  /// Elements of scratch for the sums of a tile.
  static std::int64_t sums(const WindowKernels<T>& kernels) { return most_rows * 2 * kernels.lanes; }

  void run(const PhaseOperands<T>& o, bool exact) const {
    const std::int64_t planes = phase_.axes[0].out;
    if (exact) {
      for (std::int64_t image = 0; image < o.images; ++image) {
        for (std::int64_t p = 0; p < planes * plane_; ++p) exactly(o, image, p);
      }
      return;
    }
    const std::int64_t blocks = std::max<std::int64_t>((steps_ + depth - 1) / depth, 1);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Steps all{steps_ * block / blocks, steps_ * (block + 1) / blocks};
      for (std::int64_t image = 0; image < o.images; ++image) {
        for (std::int64_t plane = 0; plane < planes;) plane += planes_from(o, image, plane, all);
      }
    }
  }

 private:
  static constexpr std::int64_t depth = 3072 / sizeof(T);  ///< steps that are summed before sums are stored
  static constexpr int most_rows = 16;

  struct Steps {
    std::int64_t first, end;
  };

  /// The steps whose taps lie inside the image along the first axis.
  Steps inside(std::int64_t plane) const {
    const CorrelationAxis& a = phase_.axes[0];
    const auto [first, end] = taps_inside(a, plane);
    return {first * of_tap_, end * of_tap_};
  }

  /// Computes the planes from one on that meet the same taps; returns how many there are.
  std::int64_t planes_from(const PhaseOperands<T>& o, std::int64_t image, std::int64_t plane,
                           const Steps& block) const {
    const Steps all = inside(plane);
    std::int64_t count = 1;
    for (; plane + count < phase_.axes[0].out; ++count) {
      const Steps next = inside(plane + count);
      if (next.first != all.first || next.end != all.end) break;
    }
    const Steps steps{std::max(all.first, block.first), std::min(all.end, block.end)};
    const bool nothing = all.first >= all.end, accumulate = !nothing && all.first < block.first;
    if (nothing ? block.first > 0 : steps.first >= steps.end) return count;
    const std::int64_t most = kernels_.most_rows(o.vectors), n = count * plane_, tiles = (n + most - 1) / most;
    for (std::int64_t i = 0; i < tiles; ++i) {
      const std::int64_t first = n * i / tiles, end = n * (i + 1) / tiles;
      tile(o, image, plane * plane_ + first, static_cast<int>(end - first), nothing ? Steps{0, 0} : steps, accumulate);
    }
    return count;
  }

  void tile(const PhaseOperands<T>& o, std::int64_t image, std::int64_t first, int rows, const Steps& steps,
            bool accumulate) const {
    std::array<std::int64_t, most_rows> at{}, places{};
    std::array<std::int64_t, 3> q = place(first);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      at[r] = q[0] * in_[0] + q[1] * in_[1] + q[2] * in_[2];
      places[r] = q[0] * to_[0] + q[1] * to_[1] + q[2] * to_[2];
      next(q);
    }
    const std::int64_t width = o.vectors * kernels_.lanes;
    kernels_.tile({o.from + (image * stage_.image() + first_), at.data(), o.along + steps.first,
                   o.weights + steps.first * width, steps.end - steps.first, sums_, width, rows, o.vectors, false});
    put(o, image, places.data(), rows, accumulate);
  }

  void put(const PhaseOperands<T>& o, std::int64_t image, const std::int64_t* places, int rows, bool accumulate) const {
    T* const to = o.to + image * o.image_out + first_place_;
    kernels_.put({sums_, o.vectors * kernels_.lanes, rows, o.channels, side_by_side_ ? to + places[0] : to, of_channel_,
                  side_by_side_ ? nullptr : places, accumulate});
  }

  /// One position with the taps that lie inside the image along every axis, and no others.
  void exactly(const PhaseOperands<T>& o, std::int64_t image, std::int64_t position) const {
    const std::array<std::int64_t, 3> q = place(position);
    const std::int64_t at = q[0] * in_[0] + q[1] * in_[1] + q[2] * in_[2];
    const std::int64_t places = q[0] * to_[0] + q[1] * to_[1] + q[2] * to_[2];
    const std::int64_t width = o.vectors * kernels_.lanes, row = phase_.axes[2].taps, group = phase_.axes[1].taps * row;
    const auto [first, end] = inside(q[0]);
    const auto [above, below] = taps_inside(phase_.axes[1], q[1]);
    const auto [left, right] = taps_inside(phase_.axes[2], q[2]);
    bool accumulate = false;
    const auto add = [&](std::int64_t k, std::int64_t count) {
      kernels_.tile({o.from + (image * stage_.image() + first_), &at, o.along + k, o.weights + k * width, count, sums_,
                     width, 1, o.vectors, accumulate});
      accumulate = true;
    };
    add(0, 0);
    for (std::int64_t k = first; k < end && left < right; k += group) {
      for (std::int64_t u = above; u < below; ++u) add(k + u * row + left, right - left);
    }
    put(o, image, &places, 1, false);
  }

  std::array<std::int64_t, 3> place(std::int64_t position) const {
    const std::int64_t columns = phase_.axes[2].out;
    return {position / plane_, position % plane_ / columns, position % columns};
  }
  void next(std::array<std::int64_t, 3>& q) const {
    if (++q[2] < phase_.axes[2].out) return;
    q[2] = 0;
    if (++q[1] < phase_.axes[1].out) return;
    q[1] = 0;
    ++q[0];
  }

  const WindowKernels<T>& kernels_;
  const Correlation& phase_;
  const Stage& stage_;
  std::array<std::int64_t, 3> out_;
  T* const sums_;
  std::int64_t of_tap_, steps_;  ///< steps of one tap of the first axis, and of all
  std::array<std::int64_t, 3> in_ = {},
                              to_ = {};  ///< from position to position, in what is read and in what is written
  std::int64_t first_ = 0, first_place_ = 0, of_channel_ = 0, plane_ = 0;
  bool side_by_side_ = true;
};

}  // namespace capstan::kernels
