// The inner loops of reductions, compiled once for each instruction set. Nothing of the standard library is called
// here: such a function would be compiled for this instruction set and could be linked into code for another.
#pragma once

#include "kernels/across.hpp"
#include "kernels/lanes.hpp"
#include "kernels/reduce.hpp"

namespace capstan::kernels {

template <class A>
struct FoldSum {
  template <class V>
  static V two(V a, V b) noexcept {
    return a + b;
  }
};

// NaN wins, whichever side it is on.
template <class A>
struct FoldMax {
  template <class V>
  static V two(V a, V b) noexcept {
    return max(a, b);
  }
  static float two(float a, float b) noexcept { return a > b || a != a ? a : b; }
  static double two(double a, double b) noexcept { return a > b || a != a ? a : b; }
};

template <class A>
struct FoldMin {
  template <class V>
  static V two(V a, V b) noexcept {
    return min(a, b);
  }
  static float two(float a, float b) noexcept { return a < b || a != a ? a : b; }
  static double two(double a, double b) noexcept { return a < b || a != a ? a : b; }
};

template <class F, class T, class A>
struct ReduceLoop {
  using V = Lanes<T, A>;
  static constexpr std::int64_t width = V::width;
  static constexpr std::int64_t at_once = 8;  ///< registers that are filled side by side

  static T few(std::int64_t n, const T* x) noexcept {
    T total = x[0];
    for (std::int64_t i = 1; i < n; ++i) total = F::two(total, x[i]);
    return total;
  }

  static V fold_all(V* part) noexcept {
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) part[k] = F::two(part[k], part[k + 4]);
    return F::two(F::two(part[0], part[2]), F::two(part[1], part[3]));
  }

  // At least one register; what does not fill the last one is left to `few`.
  static V full(std::int64_t n, const T* x) noexcept {
    V total = V::load(x);
    std::int64_t i = width;
    if (n >= at_once * width) {
      V part[at_once];
#pragma GCC unroll 8
      for (std::int64_t k = 0; k < at_once; ++k) part[k] = V::load(x + k * width);
      for (i = at_once * width; i + at_once * width <= n; i += at_once * width) {
#pragma GCC unroll 8
        for (std::int64_t k = 0; k < at_once; ++k) part[k] = F::two(part[k], V::load(x + i + k * width));
      }
      total = fold_all(part);
    }
    for (; i + width <= n; i += width) total = F::two(total, V::load(x + i));
    return total;
  }

  static T row(std::int64_t n, const T* x) noexcept {
    if (n < width) return few(n, x);
    const T total = first(across<F>(full(n, x)));
    const std::int64_t rest = n % width;
    return rest == 0 ? total : F::two(total, few(rest, x + n - rest));
  }

  static void rows(std::int64_t count, std::int64_t n, const T* x, std::int64_t stride, T* out,
                   std::int64_t out_stride) noexcept {
    for (std::int64_t r = 0; r < count; ++r) out[r * out_stride] = row(n, x + r * stride);
  }

  template <int registers>
  static void strip(std::int64_t rows, const std::int64_t* offsets, const T* x, T* out) noexcept {
    V part[registers];
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < registers; ++k) part[k] = V::load(x + offsets[0] + k * width);
    for (std::int64_t r = 1; r < rows; ++r) {
      const T* const from = x + offsets[r];
#pragma GCC unroll 8
      for (std::int64_t k = 0; k < registers; ++k) part[k] = F::two(part[k], V::load(from + k * width));
    }
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < registers; ++k) part[k].store(out + k * width);
  }

  // Four numbers are carried, so that one addition need not wait for the one before.
  static T column(std::int64_t rows, const std::int64_t* offsets, const T* x) noexcept {
    T total = x[offsets[0]];
    std::int64_t r = 1;
    if (rows >= 4) {
      T part[4] = {total, x[offsets[1]], x[offsets[2]], x[offsets[3]]};
      for (r = 4; r + 4 <= rows; r += 4) {
#pragma GCC unroll 4
        for (std::int64_t k = 0; k < 4; ++k) part[k] = F::two(part[k], x[offsets[r + k]]);
      }
      total = F::two(F::two(part[0], part[2]), F::two(part[1], part[3]));
    }
    for (; r < rows; ++r) total = F::two(total, x[offsets[r]]);
    return total;
  }

  static void columns(std::int64_t rows, const std::int64_t* offsets, const T* x, std::int64_t n, T* out) noexcept {
    std::int64_t c = 0;
    for (; c + at_once * width <= n; c += at_once * width) strip<at_once>(rows, offsets, x + c, out + c);
    if (c + 4 * width <= n) {
      strip<4>(rows, offsets, x + c, out + c);
      c += 4 * width;
    }
    for (; c + width <= n; c += width) strip<1>(rows, offsets, x + c, out + c);
    if (c < n && n >= width) {  // the last register reaches back over columns that are done
      strip<1>(rows, offsets, x + n - width, out + n - width);
    } else {
      for (; c < n; ++c) out[c] = column(rows, offsets, x + c);
    }
  }

  static void combine(std::int64_t n, T* into, const T* from) noexcept {
    std::int64_t c = 0;
    for (; c + width <= n; c += width) F::two(V::load(into + c), V::load(from + c)).store(into + c);
    for (; c < n; ++c) into[c] = F::two(into[c], from[c]);
  }

  static constexpr ReduceLoops<T> loops{&rows, &columns, &combine};
};

/// In the order of Fold.
template <class A>
inline constexpr ReduceTable reduce_table{
    {ReduceLoop<FoldSum<A>, float, A>::loops, ReduceLoop<FoldMax<A>, float, A>::loops,
     ReduceLoop<FoldMin<A>, float, A>::loops},
    {ReduceLoop<FoldSum<A>, double, A>::loops, ReduceLoop<FoldMax<A>, double, A>::loops,
     ReduceLoop<FoldMin<A>, double, A>::loops}};

}  // namespace capstan::kernels
