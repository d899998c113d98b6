// The heart of a matrix product: a tile of c, a few rows by one or two vectors, kept in registers while k runs. It is
// compiled once per instruction set; a Target says what that set offers:
//
//   a base Vectors<bytes>                            the vector, its lanes, load, store and all (basics.hpp)
//   static constexpr int tile_rows                   rows of a tile, so that 2·rows + 3 vectors fit the registers
//   static constexpr bool masks                      whether it loads a part of a vector as quickly as a whole one
//   template <class T> static auto first(int n)      a mask of the first n lanes, 1 ≤ n
//   load_first(p, mask), store_first(p, x, mask)     touch no memory beyond those lanes; what is not loaded is 0
//   multiply_add(x, y, z)                            x·y + z, rounded once if the set can
//   template <class T> static constexpr int few      up to so many lanes are stored by store_few(p, x, mask)
//   sum(x)                                           of the lanes, in halves: lane i and lane i + size / 2, and so on
//   transpose(from, stride, rows, steps, out, out_stride)
//                                                    out[p, i] = from[i, p] for p < steps; i < rows, zeros up to size
//
// Nothing here calls a function of the standard library: such a function would be compiled with this instruction set
// and the linker might choose it for the whole program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "product/basics.hpp"

namespace capstan::kernels {

template <class T>
struct Tile {
  const T* a;           ///< first element of the rows
  std::int64_t a_row;   ///< from row to row
  std::int64_t a_step;  ///< along k
  const T* b;           ///< first element of the columns, which lie next to each other
  std::int64_t b_step;  ///< along k
  T* c;
  std::int64_t c_row;
  std::int64_t k;
  int columns;  ///< in the last vector
  bool accumulate;
};

template <class T>
using TileKernel = void (*)(const Tile<T>&);

template <class Target, class T, int Rows, int Vectors>
class TileOf {
 public:
  static void kernel(const Tile<T>& t) {
    Batch sum[Rows * Vectors];
    repeat<Rows * Vectors>([&](auto i) { sum[i] = Batch{}; });
    add_products(t, sum);
    if (t.columns == lanes) return finish<Last::whole>(t, sum);
    if constexpr (Target::template few<T> > 0) {
      if (t.columns <= Target::template few<T>) return finish<Last::few>(t, sum);
    }
    finish<Last::part>(t, sum);
  }

 private:
  using Batch = typename Target::template Batch<T>;
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  static __attribute__((always_inline)) void add_products(const Tile<T>& t, Batch* sum) {
    const auto mask = Target::template first<T>(t.columns);
    const char* a0 = reinterpret_cast<const char*>(t.a);
    const T* b = t.b;
    const auto size = static_cast<std::int64_t>(sizeof(T));
    const std::int64_t row = t.a_row * size, step = t.a_step * size;
    std::int64_t row3 = 3 * row;
    // Row addresses are base + {0, 1, 2, 3} strides: a pointer to each would be more than there are registers.
    opaque(row3);
    const char *a1 = a0 + 4 * row, *a2 = a1 + 4 * row, *a3 = a2 + 4 * row;
    for (std::int64_t p = t.k; p > 0; --p) {
      opaque(a0), opaque(a1), opaque(a2), opaque(a3);
      const Batch last = load_last(b + (Vectors - 1) * lanes, mask);
      const Batch first = Vectors == 2 ? Target::load(b) : last;
      repeat<Rows>([&](auto index) __attribute__((always_inline)) {
        constexpr std::int64_t i = decltype(index)::value, g = i / 4, r = i % 4;
        const char* const base = g == 0 ? a0 : g == 1 ? a1 : g == 2 ? a2 : a3;
        const Batch x = Target::all(*reinterpret_cast<const T*>(base + (r == 0   ? 0
                                                                        : r == 1 ? row
                                                                        : r == 2 ? 2 * row
                                                                                 : row3)));
        sum[i * Vectors] = Target::multiply_add(x, first, sum[i * Vectors]);
        if constexpr (Vectors == 2) sum[i * 2 + 1] = Target::multiply_add(x, last, sum[i * 2 + 1]);
      });
      a0 += step, b += t.b_step;
      if constexpr (Rows > 4) a1 += step;
      if constexpr (Rows > 8) a2 += step;
      if constexpr (Rows > 12) a3 += step;
    }
  }

  /// Without masks a panel of b is packed and filled up, so that a whole vector may be read.
  template <class Mask>
  static __attribute__((always_inline)) Batch load_last(const T* b, const Mask& mask) {
    if constexpr (Target::masks) {
      return Target::load_first(b, mask);
    } else {
      return Target::load(b);
    }
  }

  enum class Last { whole, part, few };  ///< what is stored of the last vector

  template <Last last_vector>
  static __attribute__((always_inline)) void finish(const Tile<T>& t, Batch* sum) {
    const auto mask = Target::template first<T>(t.columns);
    repeat<Rows>([&](auto index) {
      constexpr std::int64_t i = decltype(index)::value;
      T* const c = t.c + i * t.c_row;
      if constexpr (Vectors == 2) {
        if (t.accumulate) sum[i * 2] = sum[i * 2] + Target::load(c);
        Target::store(c, sum[i * 2]);
      }
      T* const at = c + (Vectors - 1) * lanes;
      Batch& last = sum[i * Vectors + Vectors - 1];
      constexpr bool whole = last_vector == Last::whole;
      if (t.accumulate) last = last + (whole ? Target::load(at) : Target::load_first(at, mask));
      if constexpr (whole) {
        Target::store(at, last);
      } else if constexpr (last_vector == Last::few) {
        Target::store_few(at, last, mask);
      } else {
        Target::store_first(at, last, mask);
      }
    });
  }
};

/// Rows that a tile of so many vectors has at most. One vector leaves registers for more, to 16 with these row addresses.
template <class Target, int Vectors>
inline constexpr int tile_height = Vectors == 2 || Target::tile_rows < 14 ? Target::tile_rows : 16;

template <class Target, class T, int Vectors, int... I>
inline TileKernel<T> tile_of_rows(int rows, std::integer_sequence<int, I...>) {
  static constexpr TileKernel<T> kernels[] = {&TileOf<Target, T, I + 1, Vectors>::kernel...};
  return kernels[rows - 1];
}

/// The kernel for a tile of so many rows (from 1) and vectors (1 or 2).
template <class Target, class T, int Vectors>
inline TileKernel<T> tile_kernel(int rows) {
  return tile_of_rows<Target, T, Vectors>(rows, std::make_integer_sequence<int, tile_height<Target, Vectors>>{});
}

}  // namespace capstan::kernels
