// Correlation: what the forward convolution and each phase of its input gradient have in common – sums over windows of one
// array, with some of the taps of W, written to some positions of another.
//
// The input gradient of a convolution with stride s falls into s phases along an axis: the positions i of dx of which
// i + before leaves the same rest r divided by s meet the taps t of which t·dilation leaves that rest, and no others. In a
// phase, neighbouring positions meet neighbouring elements of dy: it is a convolution of stride 1, its taps reversed.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include <capstan/kernels/window/convolution.hpp>

#include "window/stage.hpp"

namespace capstan::kernels {

/// Position q and the j-th of the taps meet element q·stride + j·dilation − before of what is read.
struct CorrelationAxis {
  std::int64_t in, out, taps, stride, dilation, before;
  std::int64_t first_tap, tap_step;      ///< the j-th one is tap first_tap + j·tap_step of W
  std::int64_t first_place, place_step;  ///< position q is written to first_place + q·place_step
};

/// The taps of which position q meets an element inside what is read.
struct Taps {
  std::int64_t first, end;
};
inline Taps taps_inside(const CorrelationAxis& a, std::int64_t q) {
  const std::int64_t start = q * a.stride - a.before;
  const auto below = [&](std::int64_t bound) {  // how many taps lie before it
    return bound <= start ? 0 : std::min(a.taps, (bound - start + a.dilation - 1) / a.dilation);
  };
  return {below(0), below(a.in)};
}

/// One phase, or the whole of a forward convolution.
struct Correlation {
  std::array<CorrelationAxis, 3> axes;

  std::int64_t positions() const { return axes[0].out * axes[1].out * axes[2].out; }
  std::int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
};

inline std::array<std::int64_t, 3> extents_of_x(const ConvolutionShape& s) {
  return {s.axes[0].in, s.axes[1].in, s.axes[2].in};
}
inline std::array<std::int64_t, 3> extents_of_y(const ConvolutionShape& s) {
  return {s.axes[0].out, s.axes[1].out, s.axes[2].out};
}

/// How the channels of W lie.
struct CorrelationWeights {
  std::int64_t from_channel, to_channel, group;  ///< from channel to channel of what is read and written, and of groups
};

/// All phases of a convolution, and the arrays as seen from them.
class Correlations {
 public:
  Correlations(const ConvolutionShape& shape, bool forward) : shape_{shape}, forward_{forward} {
    for (std::size_t i = 0; i < 3; ++i) {
      const ConvolutionAxis& axis = shape.axes[i];
      phases_[i] = forward ? 1 : std::clamp<std::int64_t>(axis.in, 1, axis.stride);
      for (std::int64_t phase = 0; phase < phases_[i]; ++phase) widen(reach_[i], this->axis(i, phase));
    }
  }

  std::int64_t examples() const { return shape_.examples; }
  std::int64_t groups() const { return shape_.groups; }
  /// Channels of a group: those that are read, and those that are written.
  std::int64_t from() const { return forward_ ? shape_.inputs : shape_.outputs; }
  std::int64_t to() const { return forward_ ? shape_.outputs : shape_.inputs; }
  std::int64_t taps() const { return shape_.axes[0].taps * shape_.axes[1].taps * shape_.axes[2].taps; }
  std::int64_t tap_step(std::size_t axis) const {
    return axis == 2 ? 1 : axis == 1 ? shape_.axes[2].taps : shape_.axes[1].taps * shape_.axes[2].taps;
  }
  CorrelationWeights weights() const {
    const std::int64_t input = taps(), output = shape_.inputs * taps();
    return {forward_ ? input : output, forward_ ? output : input, shape_.outputs * output};
  }

  /// Extents of an image that is read, and of one that is written.
  std::array<std::int64_t, 3> in() const { return forward_ ? extents_of_x(shape_) : extents_of_y(shape_); }
  std::array<std::int64_t, 3> out() const { return forward_ ? extents_of_y(shape_) : extents_of_x(shape_); }

  const std::array<Reach, 3>& reach() const { return reach_; }
  std::int64_t phases() const { return phases_[0] * phases_[1] * phases_[2]; }
  Correlation phase(std::int64_t i) const {
    const std::int64_t columns = phases_[2], rows = phases_[1];
    return {axis(0, i / (rows * columns)), axis(1, i / columns % rows), axis(2, i % columns)};
  }

 private:
  CorrelationAxis axis(std::size_t i, std::int64_t phase) const {
    const ConvolutionAxis& a = shape_.axes[i];
    if (forward_) return {a.in, a.out, a.taps, a.stride, a.dilation, a.before, 0, 1, 0, 1};
    return phase_of(a, phase);
  }

  /// The positions first, first + stride, … of dx.
  static CorrelationAxis phase_of(const ConvolutionAxis& a, std::int64_t first) {
    const std::int64_t common = std::gcd(a.stride, a.dilation), tap_step = a.stride / common;
    const std::int64_t rest = (first + a.before) % a.stride, whole = (first + a.before) / a.stride;
    std::int64_t tap = 0;
    while (tap < std::min(tap_step, a.taps) && tap * a.dilation % a.stride != rest) ++tap;
    CorrelationAxis phase{a.out,   (a.in - first + a.stride - 1) / a.stride, 0, 1, a.dilation / common, 0, 0, 0, first,
                          a.stride};
    if (tap == std::min(tap_step, a.taps)) return phase;
    phase.taps = (a.taps - tap + tap_step - 1) / tap_step;
    phase.first_tap = tap + (phase.taps - 1) * tap_step;
    phase.tap_step = -tap_step;
    phase.before = (tap * a.dilation - rest) / a.stride + (phase.taps - 1) * phase.dilation - whole;
    return phase;
  }

  static void widen(Reach& reach, const CorrelationAxis& axis) {
    if (axis.out == 0 || axis.taps == 0) return;
    const std::int64_t before = std::max(reach.before, axis.before);
    const std::int64_t last = (axis.out - 1) * axis.stride + (axis.taps - 1) * axis.dilation - axis.before;
    reach.extent = std::max({reach.extent + before - reach.before, last + 1 + before, std::int64_t{1}});
    reach.before = before;
  }

  ConvolutionShape shape_;
  bool forward_;
  std::array<std::int64_t, 3> phases_ = {};
  std::array<Reach, 3> reach_ = {};
};

}  // namespace capstan::kernels
