// PhasePlaces: where the positions of a phase read and write, and which steps of its sums lie inside an image.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/correlation.hpp"
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
  T* sums;  ///< scratch
};

/// Steps of a sum, in their order.
struct Steps {
  std::int64_t first, end;
};

class PhasePlaces {
 public:
  using Position = std::array<std::int64_t, 3>;

  PhasePlaces(const Stage& stage, const Correlation& phase, std::int64_t from_channels, const Position& out)
      : phase_{phase},
        of_tap_{from_channels * phase.axes[1].taps * phase.axes[2].taps},
        plane_{phase.axes[1].out * phase.axes[2].out},
        image_{stage.image()} {
    std::int64_t element = 1;
    for (std::size_t axis = 3; axis-- > 0;) {
      const CorrelationAxis& a = phase.axes[axis];
      in_[axis] = axis == 2 && stage.is_split() ? 1 : a.stride * stage.step(axis);
      first_in_ += ((axis == 0 ? 0 : stage.before(axis)) - a.before) * stage.step(axis);
      out_[axis] = a.place_step * element;
      first_out_ += a.first_place * element;
      element *= out[axis];
      side_by_side_ = side_by_side_ && a.place_step == 1 && a.out == out[axis];
    }
    channel_ = element;
  }

  const Correlation& phase() const { return phase_; }
  std::int64_t planes() const { return phase_.axes[0].out; }
  /// Positions of a plane, and columns of one of its rows.
  std::int64_t plane() const { return plane_; }
  std::int64_t columns() const { return phase_.axes[2].out; }
  std::int64_t steps() const { return of_tap_ * phase_.axes[0].taps; }
  /// Elements of a channel that is written.
  std::int64_t channel() const { return channel_; }
  /// Whether all positions lie side by side in what is written, and whether those of a row do.
  bool side_by_side() const { return side_by_side_; }
  bool rows_side_by_side() const { return out_[2] == 1; }

  /// Where the window of the first position begins in an image, and where that position is written.
  std::int64_t first_in(std::int64_t image) const { return image * image_ + first_in_; }
  std::int64_t first_out() const { return first_out_; }
  /// The distances of another position from those.
  std::int64_t in(const Position& q) const { return q[0] * in_[0] + q[1] * in_[1] + q[2] * in_[2]; }
  std::int64_t out(const Position& q) const { return q[0] * out_[0] + q[1] * out_[1] + q[2] * out_[2]; }

  Position position(std::int64_t i) const { return {i / plane_, i % plane_ / columns(), i % columns()}; }
  void next(Position& q) const {
    if (++q[2] < phase_.axes[2].out) return;
    q[2] = 0;
    if (++q[1] < phase_.axes[1].out) return;
    q[1] = 0;
    ++q[0];
  }

  /// The steps whose taps lie inside the image along the first axis.
  Steps inside(std::int64_t plane) const {
    const auto [first, end] = taps_inside(phase_.axes[0], plane);
    return {first * of_tap_, end * of_tap_};
  }

  /// Calls use(image, plane, planes, steps, accumulate) for all planes, as many at once as have the same steps inside. Sums
  /// of many steps are made in blocks, of which all but the first are added to what is there.
  template <class Use>
  void for_planes(std::int64_t images, std::int64_t depth, Use use) const {
    const std::int64_t blocks = std::max<std::int64_t>((steps() + depth - 1) / depth, 1);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Steps some{steps() * block / blocks, steps() * (block + 1) / blocks};
      for (std::int64_t image = 0; image < images; ++image) {
        for (std::int64_t plane = 0; plane < planes();) {
          const Steps all = inside(plane);
          const std::int64_t count = planes_alike(plane, all);
          const Steps both{std::max(all.first, some.first), std::min(all.end, some.end)};
          if (all.first >= all.end) {
            if (block == 0) use(image, plane, count, Steps{0, 0}, false);
          } else if (both.first < both.end) {
            use(image, plane, count, both, all.first < some.first);
          }
          plane += count;
        }
      }
    }
  }

 private:
  std::int64_t planes_alike(std::int64_t plane, const Steps& steps) const {
    std::int64_t count = 1;
    for (; plane + count < planes(); ++count) {
      const Steps next = inside(plane + count);
      if (next.first != steps.first || next.end != steps.end) break;
    }
    return count;
  }

  const Correlation& phase_;
  std::int64_t of_tap_, plane_, image_;
  Position in_ = {}, out_ = {};  ///< from position to position
  std::int64_t first_in_ = 0, first_out_ = 0, channel_ = 0;
  bool side_by_side_ = true;
};

}  // namespace capstan::kernels
