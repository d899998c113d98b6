// What becomes of the gradient of each window's largest element, or of its mean.
#pragma once

#include "pool/rows.hpp"

namespace capstan::kernels {

template <class T, class A>
struct PoolBackward {
  using V = Lanes<T, A>;

  static void max(const PoolGeometry& g, Range planes, const T* dy, const T* winners, T* dx) noexcept {
    if (is_halved(g)) {
      return halved(g, planes, dx, [&](std::int64_t at, std::int64_t count, std::int64_t tap) {
        const V from = load(dy + at, count), winner = load(winners + at, count);
        return Pairs<V>{only(winner == V(static_cast<T>(tap)), from), only(winner == V(static_cast<T>(tap + 1)), from)};
      });
    }
    const TapOffsets<A> offsets{g};
    each_row(g, planes, dx, [&](const PoolRow<A>& row, std::int64_t begin) {
      const std::int64_t origin = row.origin();
      for (std::int64_t i = 0; i < g.width.out; ++i) {
        const auto tap = static_cast<std::int64_t>(winners[begin + i]);
        dx[origin + g.width.window(i).first + offsets[tap]] += dy[begin + i];
      }
    });
  }

  static void average(const PoolGeometry& g, Range planes, bool counts_padding, const T* dy, T* dx) noexcept {
    if (is_halved(g)) {
      const V taps(static_cast<T>(g.taps()));
      return halved(g, planes, dx, [&](std::int64_t at, std::int64_t count, std::int64_t) {
        const V share = load(dy + at, count) / taps;
        return Pairs<V>{share, share};
      });
    }
    const Range inside = g.width.inside();
    const bool fits = (g.width.out - 1) * g.width.stride + g.width.kernel <= most_columns;
    each_row(g, planes, dx, [&](const PoolRow<A>& row, std::int64_t begin) {
      if (g.width.stride != 0 && fits) return spread_by_rows(g, row, inside, counts_padding, dy + begin, dx);
      for (std::int64_t i = 0; i < g.width.out; ++i) {
        const PoolWindow window = g.width.window(i);
        const T share = dy[begin + i] / static_cast<T>(row.count(window, counts_padding));
        row.each([&](std::int64_t offset, std::int64_t) {
          for (std::int64_t w = window.begin; w < window.end; ++w) dx[offset + w] += share;
        });
      }
    });
  }

 private:
  static constexpr std::int64_t most_columns = 1024;

  static V load(const T* from, std::int64_t count) noexcept {
    return count == V::width ? V::load(from) : load_first<V>(from, count);
  }

  static void clear(T* to, std::int64_t count) noexcept {
    for (std::int64_t i = 0; i < count; ++i) to[i] = T{0};
  }

  /// Calls f(row, where it begins in dy) for all rows of the output, once dx is 0.
  template <class F>
  static void each_row(const PoolGeometry& g, Range planes, T* dx, F f) noexcept {
    const std::int64_t rows = g.depth.out * g.height.out;
    for (std::int64_t plane = planes.begin; plane < planes.end; ++plane) {
      clear(dx + plane * g.in_plane(), g.in_plane());
      PoolRow<A> row{g, plane * rows};
      for (std::int64_t r = plane * rows; r < (plane + 1) * rows; ++r, row.next()) f(row, r * g.width.out);
    }
  }

  /// Adds up one row's shares for all columns, those of the padding as well, and adds that to all rows of the input.
  static void spread_by_rows(const PoolGeometry& g, const PoolRow<A>& row, Range inside, bool counts_padding,
                             const T* dy, T* dx) noexcept {
    const PoolAxis& columns = g.width;
    T share[most_columns], sum[most_columns];
    divide(columns, row, inside, counts_padding, dy, share);
    clear(sum, (columns.out - 1) * columns.stride + columns.kernel);
    for (std::int64_t tap = 0; tap < columns.kernel; ++tap) {
      if (columns.stride == 1) {
        add(share, columns.out, sum + tap);
      } else {
        for (std::int64_t i = 0; i < columns.out; ++i) sum[i * columns.stride + tap] += share[i];
      }
    }
    const std::int64_t covered = (columns.out - 1) * columns.stride + columns.kernel - columns.padding;
    const std::int64_t count = covered < columns.in ? covered : columns.in;
    row.each([&](std::int64_t offset, std::int64_t) { add(sum + columns.padding, count, dx + offset); });
  }

  static void divide(const PoolAxis& columns, const PoolRow<A>& row, Range whole, bool counts_padding, const T* dy,
                     T* share) noexcept {
    const T all = static_cast<T>(row.count({0, 0, columns.kernel}, counts_padding));
    std::int64_t i = 0;
    for (; i + V::width <= columns.out; i += V::width) (V::load(dy + i) / V(all)).store(share + i);
    for (; i < columns.out; ++i) share[i] = dy[i] / all;
    for (i = counts_padding ? columns.out : 0; i < columns.out; ++i) {
      if (i == whole.begin) i = whole.end;
      if (i < columns.out) share[i] = dy[i] / static_cast<T>(row.count(columns.window(i), counts_padding));
    }
  }

  static void add(const T* from, std::int64_t count, T* to) noexcept {
    std::int64_t i = 0;
    for (; i + V::width <= count; i += V::width) (V::load(to + i) + V::load(from + i)).store(to + i);
    for (; i < count; ++i) to[i] += from[i];
  }

  /// Windows that lie side by side, two columns wide.
  static bool is_halved(const PoolGeometry& g) noexcept {
    return g.depth.is_tiled() && g.height.is_tiled() && g.width.is_tiled() && g.width.kernel == 2;
  }

  /// Every element of dx is written once: pairs(where they are in dy, how many, the even one's tap) are the elements of
  /// a row, and the others, which no window covers, are 0.
  template <class F>
  static void halved(const PoolGeometry& g, Range planes, T* dx, F pairs) noexcept {
    const std::int64_t rows = g.depth.out * g.height.out;
    const std::int64_t in = g.width.in, out = g.width.out;
    const bool covers_all = g.depth.out * g.depth.kernel == g.depth.in && g.height.out * g.height.kernel == g.height.in;
    for (std::int64_t plane = planes.begin; plane < planes.end; ++plane) {
      if (!covers_all) clear(dx + plane * g.in_plane(), g.in_plane());
      PoolRow<A> row{g, plane * rows};
      for (std::int64_t r = plane * rows; r < (plane + 1) * rows; ++r, row.next()) {
        row.each([&](std::int64_t offset, std::int64_t tap) {
          T* const to = dx + offset;
          for (std::int64_t i = 0; i < out; i += V::width) {
            const std::int64_t count = out - i < V::width ? out - i : V::width;
            store_pairs(interleaved<T, A>(pairs(r * out + i, count, tap)), to + 2 * i, 2 * count);
          }
          if (in > 2 * out) clear(to + 2 * out, in - 2 * out);
        });
      }
    }
  }

  static void store_pairs(Pairs<V> x, T* to, std::int64_t count) noexcept {
    if (count <= V::width) return store_columns(x.even, to, count, false);
    x.even.store(to);
    store_columns(x.odd, to + V::width, count - V::width, false);
  }
};

}  // namespace capstan::kernels
