// A row of the output: the rows of the input that its windows cover, and how its columns are gone through.
#pragma once

#include <capstan/kernels/pool/pool.hpp>

#include "lanes/parts.hpp"
#include "pool/pairs.hpp"

namespace capstan::kernels {

/// One row of the output, which moves on to the next one. The instruction set is part of the type, as of every function
/// here that is not inlined for certain.
template <class A>
class PoolRow {
 public:
  PoolRow(const PoolGeometry& g, std::int64_t row) noexcept
      : g_{g},
        i_{row % g.height.out},
        d_{row / g.height.out % g.depth.out},
        plane_{row / g.height.out / g.depth.out},
        depth_{g.depth.window(d_)},
        height_{g.height.window(i_)} {}

  void next() noexcept {
    if (++i_ == g_.height.out) {
      i_ = 0;
      if (++d_ == g_.depth.out) {
        d_ = 0;
        ++plane_;
      }
      depth_ = g_.depth.window(d_);
    }
    height_ = g_.height.window(i_);
  }

  /// Calls f(offset, tap) for every row of the input: of its first element, and of the tap at the window's first
  /// column.
  template <class F>
  [[gnu::always_inline]] void each(F f) const {
    for (std::int64_t d = depth_.begin; d < depth_.end; ++d) {
      for (std::int64_t h = height_.begin; h < height_.end; ++h) f(offset(d, h), tap(d, h));
    }
  }

  /// The row in which the windows begin, the padding included; from the first element of all planes.
  std::int64_t origin() const noexcept { return offset(depth_.first, height_.first); }

  // Where the last row of the input begins that the windows cover, and the first tap that is not in the padding.
  std::int64_t last_offset() const noexcept { return offset(depth_.end - 1, height_.end - 1); }
  std::int64_t first_tap() const noexcept { return tap(depth_.begin, height_.begin); }

  /// How many positions a window of this row has.
  std::int64_t count(const PoolWindow& columns, bool counts_padding) const noexcept {
    if (counts_padding) return g_.taps();
    return (depth_.end - depth_.begin) * (height_.end - height_.begin) * (columns.end - columns.begin);
  }

 private:
  std::int64_t offset(std::int64_t d, std::int64_t h) const noexcept {
    return ((plane_ * g_.depth.in + d) * g_.height.in + h) * g_.width.in;
  }
  std::int64_t tap(std::int64_t d, std::int64_t h) const noexcept {
    return ((d - depth_.first) * g_.height.kernel + h - height_.first) * g_.width.kernel;
  }

  const PoolGeometry& g_;
  std::int64_t i_, d_, plane_;
  PoolWindow depth_, height_;
};

/// How far the taps lie from a window's first position. Few of them are looked up.
template <class A>
class TapOffsets {
 public:
  explicit TapOffsets(const PoolGeometry& g) noexcept : g_{g}, looks_up_{g.taps() <= most} {
    for (std::int64_t tap = 0; looks_up_ && tap < g.taps(); ++tap) table_[tap] = offset(tap);
  }

  std::int64_t operator[](std::int64_t tap) const noexcept { return looks_up_ ? table_[tap] : offset(tap); }

 private:
  static constexpr std::int64_t most = 64;

  std::int64_t offset(std::int64_t tap) const noexcept {
    const std::int64_t columns = g_.width.kernel, rows = g_.height.kernel;
    const std::int64_t w = tap % columns, h = tap / columns % rows, d = tap / columns / rows;
    return (d * g_.height.in + h) * g_.width.in + w;
  }

  const PoolGeometry& g_;
  bool looks_up_;
  std::int64_t table_[most];
};

/// Goes through the columns of a row: one by one where windows meet the padding or divide the axis, and otherwise as many
/// at once as a register has lanes. Reading a register may go beyond the row, never beyond the end of x; so may writing
/// one, never beyond the end of the rows of this call, which are written in ascending order.
template <class T, class A>
struct PoolColumns {
  using V = Lanes<T, A>;
  const PoolAxis& axis;
  Range inside;        ///< the axis's, so that no row divides for it
  std::int64_t x_end;  ///< how many elements x has
  std::int64_t y_end;  ///< the end of the last row of this call

  /// Calls one(column), or several.template operator()<stride>(column, count, is_whole): `count` columns are wanted, and
  /// a whole register may be written if `is_whole`. Stride 0 stands for any. `begin` is where the row begins in y, and
  /// `last` where its last row in x does.
  template <class One, class Several>
  [[gnu::always_inline]] void each(std::int64_t begin, std::int64_t last, One one, Several several) const {
    std::int64_t column = 0;
    for (; column < inside.begin; ++column) one(column);
    for (; column < inside.end && fits(last, column); column += V::width) {
      const std::int64_t count = inside.end - column < V::width ? inside.end - column : V::width;
      const bool is_whole = begin + column + V::width <= y_end;
      if (axis.stride == 1) {
        several.template operator()<1>(column, count, is_whole);
      } else if (axis.stride == 2) {
        several.template operator()<2>(column, count, is_whole);
      } else {
        several.template operator()<0>(column, count, is_whole);
      }
    }
    if (column > inside.end) column = inside.end;
    for (; column < axis.out; ++column) one(column);
  }

 private:
  /// Whether x goes on as far as registers from that column on are read.
  bool fits(std::int64_t last, std::int64_t column) const noexcept {
    return last + (column + V::width) * axis.stride - axis.padding + axis.kernel <= x_end;
  }
};

/// The first column of a window in each lane; `stride` elements apart.
template <class T, class A>
Lanes<T, A> load_apart(const T* from, std::int64_t stride) noexcept {
  using V = Lanes<T, A>;
  alignas(64) T lane[static_cast<std::size_t>(V::width)];
  for (std::int64_t i = 0; i < V::width; ++i) lane[i] = from[i * stride];
  return V::load(lane);
}

/// Calls f(lanes) for the taps of one row of several windows, in order; `from` is the first window's first column.
template <std::int64_t stride, class T, class A, class F>
[[gnu::always_inline]] inline void each_tap(const T* from, const PoolAxis& axis, F f) {
  if constexpr (stride == 2) {
    for (std::int64_t tap = 0; tap < axis.kernel; tap += 2) {
      const Pairs<Lanes<T, A>> pairs = load_pairs<T, A>(from + tap);
      f(pairs.even);
      if (tap + 1 < axis.kernel) f(pairs.odd);
    }
  } else {
    for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
      f(stride == 1 ? Lanes<T, A>::load(from + tap) : load_apart<T, A>(from + tap, axis.stride));
    }
  }
}

template <class V>
void store_columns(V x, typename V::Element* to, std::int64_t count, bool is_whole) noexcept {
  if (is_whole || count == V::width) return x.store(to);
  store_first(x, to, count);
}

}  // namespace capstan::kernels
