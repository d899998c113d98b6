// WeightCut: how the gradient of W is cut – into panels of output channels, blocks of positions and chunks of images – and where
// its sums lie. The shape alone decides it, so that the bits depend on nothing else.
#pragma once

#include <algorithm>
#include <cstdint>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan::kernels {

template <class T>
class WeightCut {
 public:
  /// `rows` are those of the sums of a group, which has `least` elements of sums at least.
  WeightCut(const ConvolutionShape& shape, std::int64_t lanes, std::int64_t rows, std::int64_t least)
      : examples_{shape.examples},
        groups_{shape.groups},
        outputs_{shape.outputs},
        lanes_{lanes},
        rows_{up(rows, lanes)},
        of_group_{std::max(up(outputs_, lanes) * rows_, least)},
        plane_{shape.axes[1].out * shape.axes[2].out} {
    images_ = part(depth, shape.axes[0].out * plane_, examples_);
    planes_ = part(depth, images_ * plane_, shape.axes[0].out);
    pieces_ = planes_ == 1 && images_ == 1 ? std::max<std::int64_t>((plane_ + depth - 1) / depth, 1) : 1;
    const std::int64_t all = groups_ * panels(), held = std::max<std::int64_t>(most_held / of_chunk(), 1);
    chunks_ = std::clamp<std::int64_t>((enough + all - 1) / all, 1,
                                       std::max<std::int64_t>(std::min(image_groups(), held), 1));
  }

  static constexpr std::int64_t enough = 8;  ///< parts for threads, if the shape has them

  // Panels of a group: two vectors of channels, or one at the end.
  std::int64_t width() const { return 2 * lanes_; }
  std::int64_t panels() const { return std::max<std::int64_t>((outputs_ + width() - 1) / width(), 1); }
  std::int64_t channels(std::int64_t panel) const { return std::min(width(), outputs_ - panel * width()); }
  int vectors(std::int64_t panel) const { return channels(panel) > lanes_ ? 2 : 1; }

  // Positions: those of a plane, and how many images and planes are added up at once, or of how many pieces of one plane one is.
  std::int64_t plane() const { return plane_; }
  std::int64_t images() const { return images_; }
  std::int64_t planes() const { return planes_; }
  std::int64_t pieces() const { return pieces_; }
  std::int64_t steps_at_once() const { return planes_ * images_ * ((plane_ + pieces_ - 1) / pieces_); }

  // Chunks of images: whole groups of those that are taken at once.
  std::int64_t chunks() const { return chunks_; }
  Range images_of(std::int64_t chunk) const {
    const auto [first, end] = range_of(image_groups(), chunk, chunks_);
    return {first * images_, std::min(end * images_, examples_)};
  }

  // Elements of sums, and where those of a panel begin. They have whole squares of rows, as they are read.
  std::int64_t of_group() const { return of_group_; }
  std::int64_t sums() const { return chunks_ * of_chunk(); }
  std::int64_t at(std::int64_t chunk, std::int64_t group, std::int64_t panel) const {
    return chunk * of_chunk() + group * of_group_ + panel * width() * rows_;
  }

 private:
  static constexpr std::int64_t depth = 2048 / sizeof(T);           ///< positions that are added up at once, about
  static constexpr std::int64_t most_held = (4 << 20) / sizeof(T);  ///< elements of the sums of all chunks

  static std::int64_t up(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }
  /// As many of `all` as make `wanted`, each of so many.
  static std::int64_t part(std::int64_t wanted, std::int64_t each, std::int64_t all) {
    const std::int64_t size = std::max<std::int64_t>(each, 1);
    return std::clamp<std::int64_t>((wanted + size - 1) / size, 1, std::max<std::int64_t>(all, 1));
  }
  std::int64_t of_chunk() const { return std::max<std::int64_t>(groups_ * of_group_, 1); }
  std::int64_t image_groups() const { return (examples_ + images_ - 1) / images_; }

  std::int64_t examples_, groups_, outputs_, lanes_, rows_, of_group_, plane_;
  std::int64_t images_, planes_, pieces_, chunks_;
};

}  // namespace capstan::kernels
