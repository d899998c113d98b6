// The axes of a reduction, in the order in which memory is walked: what lies side by side innermost, and axes that can be
// counted through as one joined.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/tensor/array.hpp>

namespace capstan::kernels {

/// An axis of x that is longer than 1, and how far apart its elements lie in x and y (0 there unless it is kept).
struct Axis {
  std::int64_t extent;
  std::int64_t x;
  std::int64_t y;
  bool reduced;
};
constexpr Axis single{1, 0, 0, true};

/// The innermost axis first.
struct AxisList {
  std::array<Axis, max_rank> axis;  // only the first `size` have a value: filling in all takes longer than a small sum
  std::size_t size = 0;

  void push(const Axis& a) { axis[size++] = a; }
  Axis pop_inner() {
    if (size == 0) return single;
    const Axis inner = axis[0];
    --size;
    for (std::size_t i = 0; i < size; ++i) axis[i] = axis[i + 1];
    return inner;
  }
  std::int64_t elements() const {
    std::int64_t product = 1;
    for (std::size_t i = 0; i < size; ++i) product *= axis[i].extent;
    return product;
  }
};

/// Steps through the positions of a list of axes, the innermost fastest.
class Walk {
 public:
  explicit Walk(const AxisList& axes) : axes_{axes} {
    for (std::size_t i = 0; i < axes.size; ++i) position_[i] = 0;
  }

  std::int64_t x = 0;
  std::int64_t y = 0;

  void next() {
    for (std::size_t i = 0; i < axes_.size; ++i) {
      const Axis& a = axes_.axis[i];
      x += a.x;
      y += a.y;
      if (++position_[i] < a.extent) return;
      position_[i] = 0;
      x -= a.x * a.extent;
      y -= a.y * a.extent;
    }
  }

 private:
  const AxisList& axes_;
  std::array<std::int64_t, max_rank> position_;
};

/// The axes of a reduction but the innermost one, by what becomes of them.
struct SplitAxes {
  Axis inner = single;
  AxisList kept, reduced;
};

/// The axes of x, those with a bit in `reduced` as reduced ones. The innermost is a kept one where its elements lie side
/// by side, else the innermost reduced one.
void split_axes(const Array& x, std::uint32_t reduced, SplitAxes& split);

}  // namespace capstan::kernels
