// Tiles of sums over windows. A window is read where it lies: the offset of row r in step k is at[r] + along[k], two tables
// that the caller makes, so that any stride, dilation and number of axes is the same loop. Compiled once per instruction
// set, like the tile of the product, and with the same targets; so nothing here calls the standard library.
#pragma once

#include <cstdint>
#include <utility>

#include "product/basics.hpp"
#include "window/kernels.hpp"

namespace capstan::kernels {

/// A tile whose rows are positions (or taps) and whose lanes are channels: sums[r, lane] = Σ_k a[at[r] + along[k]] · b[k, lane].
template <class Target, class T, int Rows, int Vectors>
struct WindowTileOf {
  /// Offsets of rows that stay in registers; those of others are loaded in each step. Left to itself, the compiler keeps some
  /// of them in vector registers.
  static constexpr int most_held = 7;

  static void kernel(const WindowTile<T>& t) {
    using Batch = typename Target::template Batch<T>;
    constexpr std::int64_t lanes = Target::template lanes<T>;
    Batch sum[Rows * Vectors];
    repeat<Rows * Vectors>([&](auto i) { sum[i] = Batch{}; });
    constexpr int held = Rows < most_held ? Rows : most_held;
    std::int64_t at[held];
    repeat<held>([&](auto i) { at[i] = t.at[i]; });
    const std::int64_t *along = t.along, *const end = along + t.steps, *others = t.at;
    const T* b = t.b;
    while (along != end) {
      const T* a = t.a + *along++;
      opaque(others);
      Batch v[Vectors];
      repeat<Vectors>([&](auto u) { v[u] = Target::load(b + u * lanes); });
      repeat<Rows>([&](auto i) __attribute__((always_inline)) {
        const Batch x = Target::all(a[i < held ? at[i < held ? i : 0] : others[i]]);
        repeat<Vectors>([&](auto u) __attribute__((always_inline)) {
          constexpr int index = decltype(i)::value * Vectors + decltype(u)::value;
          sum[index] = Target::multiply_add(x, v[u], sum[index]);
        });
      });
      b += Vectors * lanes;
    }
    repeat<Rows>([&](auto i) {
      T* const to = t.sums + i * t.sums_row;
      repeat<Vectors>([&](auto u) {
        Batch& s = sum[i * Vectors + u];
        if (t.accumulate) s = s + Target::load(to + u * lanes);
        Target::store(to + u * lanes, s);
      });
    });
  }
};

template <class Target, class T>
class WindowLoops {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;
  /// Rows of a tile of one vector and of two.
  static constexpr int one = Target::tile_rows < 14 ? 2 * Target::tile_rows : 16, two = Target::tile_rows;

  static void tile(const WindowTile<T>& t) {
    if (t.vectors == 2) return tile_of<2>(t, std::make_integer_sequence<int, two>{});
    tile_of<1>(t, std::make_integer_sequence<int, one>{});
  }

  /// to[lane, r] = sums[r, lane], or added to it. There is memory for sums of a whole number of squares.
  static void put(const WindowPut<T>& p) {
    T square[static_cast<std::size_t>(lanes * lanes)];
    for (std::int64_t u = 0; u < p.channels; u += lanes) {
      const std::int64_t channels = smaller(lanes, p.channels - u);
      for (std::int64_t r = 0; r < p.rows; r += lanes) {
        const std::int64_t rows = smaller(lanes, p.rows - r);
        Target::transpose(p.sums + r * p.sums_row + u, p.sums_row, lanes, lanes, square, lanes);
        T* const to = p.to + u * p.to_channel;
        if (p.places != nullptr) {
          scatter(p, square, channels, p.places + r, rows, to);
        } else {
          store(p, square, channels, rows, to + r);
        }
      }
    }
  }

  /// Whole vectors are written: what lies behind a row is written again with the next one.
  static void copy(const WindowCopy<T>& c) {
    const std::int64_t whole = c.count / lanes * lanes, rest = c.count - whole, end = c.columns - c.before;
    const std::int64_t ahead = c.rows * c.from_row;  // the image behind this one will be wanted next
    const auto mask = Target::template first<T>(static_cast<int>(rest));
    const T* from = c.from;
    T* to = c.to;
    for (std::int64_t r = 0; r < c.rows; ++r, from += c.from_row, to += c.to_row) {
      for (std::int64_t q = 0; q < c.before; q += lanes) Target::store(to + q, Batch{});
      T* const row = to + c.before;
      std::int64_t q = 0;
      for (; q < whole; q += lanes) {
        prefetch(from + q, ahead);
        Target::store(row + q, Target::load(from + q));
      }
      if (rest > 0) prefetch(from + q, ahead);
      if (rest > 0) Target::store(row + q, Target::load_first(from + q, mask)), q += lanes;
      for (; q < end; q += lanes) Target::store(row + q, Batch{});
    }
  }

  /// to[k, lane] = from[lane, k] for the rows that there are, zeros in the lanes beyond.
  static void pack(const WindowPack<T>& p) {
    for (std::int64_t u = 0; u < p.width; u += lanes) {
      const std::int64_t left = p.rows - u, rows = left < 0 ? 0 : smaller(lanes, left);
      for (std::int64_t k = 0; k < p.steps; k += lanes) {
        Target::transpose(p.from + (rows == 0 ? 0 : u * p.row) + k, p.row, rows, smaller(lanes, p.steps - k),
                          p.to + k * p.width + u, p.width);
      }
    }
  }

 private:
  using Batch = typename Target::template Batch<T>;

  template <int Vectors, int... I>
  static void tile_of(const WindowTile<T>& t, std::integer_sequence<int, I...>) {
    using Kernel = void (*)(const WindowTile<T>&);
    static constexpr Kernel kernels[] = {&WindowTileOf<Target, T, I + 1, Vectors>::kernel...};
    kernels[t.rows - 1](t);
  }

  static void store(const WindowPut<T>& p, const T* square, std::int64_t channels, std::int64_t rows, T* to) {
    const auto mask = Target::template first<T>(static_cast<int>(rows));
    for (std::int64_t c = 0; c < channels; ++c, to += p.to_channel, square += lanes) {
      auto sum = Target::load(square);
      if (rows == lanes) {
        if (p.accumulate) sum = sum + Target::load(to);
        Target::store(to, sum);
      } else {
        if (p.accumulate) sum = sum + Target::load_first(to, mask);
        Target::store_first(to, sum, mask);
      }
    }
  }

  static void scatter(const WindowPut<T>& p, const T* square, std::int64_t channels, const std::int64_t* places,
                      std::int64_t rows, T* to) {
    for (std::int64_t c = 0; c < channels; ++c, to += p.to_channel, square += lanes) {
      for (std::int64_t r = 0; r < rows; ++r) {
        T& y = to[places[r]];
        y = p.accumulate ? y + square[r] : square[r];
      }
    }
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }
};

}  // namespace capstan::kernels
