// Stage: where windows are read from. Images without a border are read as they are; of others, a few at a time are copied
// with zeros around the last two axes. The first axis needs no border, since the taps that would meet it are left out.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "window/kernels.hpp"

namespace capstan::kernels {

/// What windows reach along one axis: `before` elements ahead of an image's first one, `extent` elements in all.
struct Reach {
  std::int64_t before = 0, extent = 0;
};

/// The images that are read: extents, channels that are read at once, channels that there are, bytes of an element.
struct StagedImages {
  std::array<std::int64_t, 3> in;
  std::int64_t channels, all_channels, element_bytes;
};

class Stage {
 public:
  /// With a split, images are always copied: columns 0, split, 2 · split, … of a row lie side by side, then 1, 1 + split, …, so that windows at such a stride are side by side.
  Stage(const StagedImages& images, const std::array<Reach, 3>& reach, std::int64_t split = 0)
      : in_{images.in},
        reach_{reach},
        channels_{images.channels},
        split_{split},
        image_{images.all_channels * images.in[0] * images.in[1] * images.in[2]} {
    const auto& in = images.in;
    const std::int64_t element_bytes = images.element_bytes;
    borders_ = false;
    for (std::size_t axis = 1; axis < 3; ++axis) {
      borders_ = borders_ || reach[axis].before > 0 || reach[axis].extent - reach[axis].before > in[axis];
    }
    const std::int64_t plane = in[1] * in[2];
    as_is_ = split == 0 && !borders_ && reach[1].before == 0 && reach[2].before == 0 &&
             !crowds(in[0] * plane * element_bytes);
    steps_ = {plane, in[2], 1};
    channel_ = in[0] * plane;
    if (as_is_) return;
    part_ = split > 1 ? (reach[2].extent + split - 1) / split : reach[2].extent;
    const std::int64_t row = split > 1 ? part_ * split : part_;
    steps_ = {reach[1].extent * row, row, 1};
    channel_ = in[0] * steps_[0];
    if (crowds(channel_ * element_bytes)) channel_ += line / element_bytes;
    image_ = channels_ * channel_;
  }

  bool as_is() const { return as_is_; }
  /// Whether windows meet zeros that stand for elements that are not there.
  bool borders() const { return borders_; }
  /// From element to element along an axis, from channel to channel, from image to image.
  std::int64_t step(std::size_t axis) const { return steps_[axis]; }
  std::int64_t channel() const { return channel_; }
  std::int64_t image() const { return image_; }
  bool is_split() const { return split_ > 0; }
  /// Where a column of a row lies.
  std::int64_t column(std::int64_t q) const { return split_ > 1 ? q % split_ * part_ + q / split_ : q; }
  /// Elements of a copy of so many images, with room behind them to read two whole vectors.
  std::int64_t elements(std::int64_t images) const {
    return as_is_ ? 0 : (images * image_ + 3 * widest - 1) / widest * widest;
  }
  /// Where an image's first element is in its copy, along the axes with borders.
  std::int64_t before(std::size_t axis) const { return as_is_ ? 0 : reach_[axis].before; }

  /// The images, copied to `to` if they are not read as they are. From image to image there are `image_step` elements.
  template <class T>
  const T* images(const WindowKernels<T>& kernels, const T* x, std::int64_t image_step, std::int64_t count,
                  T* to) const {
    if (as_is_) return x;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        const T* const from = x + i * image_step + c * in_[0] * in_[1] * in_[2];
        T* const channel = to + i * image_ + c * channel_;
        for (std::int64_t p = 0; p < in_[0]; ++p) {
          copy_plane(kernels, from + p * in_[1] * in_[2], channel + p * steps_[0]);
        }
      }
    }
    return to;
  }

 private:
  static constexpr std::int64_t line = 64, page = 4096;
  static constexpr std::int64_t widest = 16;  ///< lanes of a vector

  /// Channels that lie a multiple of 4 KB apart share few places of the first-level cache.
  static bool crowds(std::int64_t bytes) { return bytes >= page && bytes % page < line; }

  template <class T>
  void copy_plane(const WindowKernels<T>& kernels, const T* from, T* to) const {
    const auto [above, rows] = reach_[1];
    const auto [left, columns] = reach_[2];
    const Reach down = inside(1), across = inside(2);
    const std::int64_t count = down.extent - down.before;
    std::fill_n(to, down.before * steps_[1], T(0));
    T* const first = to + down.before * steps_[1];
    const T* const source = from + (down.before - above) * in_[2];
    if (split_ > 1) {
      for (std::int64_t r = 0; r < count; ++r) split_row(source + r * in_[2], across, first + r * steps_[1]);
    } else if (count > 0) {
      const std::int64_t zeros = std::min(across.before, columns), elements = across.extent - across.before;
      kernels.copy({source + (across.before - left), in_[2], count, first, steps_[1], zeros, elements, columns});
    }
    std::fill_n(to + down.extent * steps_[1], (rows - down.extent) * steps_[1], T(0));
  }

  /// The part of what windows reach that has elements, from its first to behind its last.
  Reach inside(std::size_t axis) const {
    const auto [before, extent] = reach_[axis];
    const std::int64_t first = std::clamp<std::int64_t>(before, 0, extent);
    return {first, std::clamp<std::int64_t>(before + in_[axis], first, extent)};
  }

  template <class T>
  void split_row(const T* from, const Reach& across, T* to) const {
    for (std::int64_t part = 0; part < split_; ++part) {
      T* const some = to + part * part_;
      const auto places_before = [&](std::int64_t q) {
        return std::clamp<std::int64_t>((q - part + split_ - 1) / split_, 0, part_);
      };
      const std::int64_t first = places_before(across.before), last = std::max(first, places_before(across.extent));
      const T* const at = from - reach_[2].before + part;
      for (std::int64_t i = 0; i < first; ++i) some[i] = T(0);
      for (std::int64_t i = first; i < last; ++i) some[i] = at[i * split_];
      for (std::int64_t i = last; i < part_; ++i) some[i] = T(0);
    }
  }

  std::array<std::int64_t, 3> in_;
  std::array<Reach, 3> reach_;
  std::int64_t channels_, split_, image_, channel_ = 0, part_ = 0;
  std::array<std::int64_t, 3> steps_ = {};
  bool as_is_ = false, borders_ = false;
};

}  // namespace capstan::kernels
