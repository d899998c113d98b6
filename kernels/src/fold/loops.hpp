// The inner loops of reductions, compiled once for each instruction set. Nothing of the standard library is called
// here: such a function would be compiled for this instruction set and could be linked into code for another.
#pragma once

#include <capstan/kernels/fold/fold.hpp>

#include "lanes/across.hpp"
#include "lanes/lanes.hpp"
#include "lanes/parts.hpp"

namespace capstan::kernels {

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

  static void rows(std::int64_t count, std::int64_t n, const void* from, std::int64_t stride, void* to,
                   std::int64_t out_stride) noexcept {
    const T* const x = static_cast<const T*>(from);
    T* const out = static_cast<T*>(to);
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

  // Fewer columns than a register has lanes.
  static void narrow(std::int64_t rows, const std::int64_t* offsets, const T* x, std::int64_t n, T* out) noexcept {
    V part = load_first<V>(x + offsets[0], n);
    for (std::int64_t r = 1; r < rows; ++r) part = F::two(part, load_first<V>(x + offsets[r], n));
    store_first(part, out, n);
  }

  static void columns(std::int64_t rows, const std::int64_t* offsets, const void* from, std::int64_t n,
                      void* to) noexcept {
    const T* const x = static_cast<const T*>(from);
    T* const out = static_cast<T*>(to);
    std::int64_t c = 0;
    for (; c + at_once * width <= n; c += at_once * width) strip<at_once>(rows, offsets, x + c, out + c);
    if (c + 4 * width <= n) {
      strip<4>(rows, offsets, x + c, out + c);
      c += 4 * width;
    }
    for (; c + width <= n; c += width) strip<1>(rows, offsets, x + c, out + c);
    if (c < n) narrow(rows, offsets, x + c, n - c, out + c);
  }

  static void combine(std::int64_t n, void* with, const void* other) noexcept {
    T* const into = static_cast<T*>(with);
    const T* const from = static_cast<const T*>(other);
    std::int64_t c = 0;
    for (; c + width <= n; c += width) F::two(V::load(into + c), V::load(from + c)).store(into + c);
    for (; c < n; ++c) into[c] = F::two(into[c], from[c]);
  }

  static void divide(std::int64_t n, void* x, double divisor) noexcept {
    for (std::int64_t c = 0; c < n; ++c) static_cast<T*>(x)[c] /= static_cast<T>(divisor);
  }

  static constexpr FoldKernels loops{&rows, &columns, &combine, &divide};
};

/// In the order of Fold.
template <class A>
inline constexpr ReduceTable reduce_table{
    {ReduceLoop<FoldSum<A>, float, A>::loops, ReduceLoop<FoldMax<A>, float, A>::loops,
     ReduceLoop<FoldMin<A>, float, A>::loops},
    {ReduceLoop<FoldSum<A>, double, A>::loops, ReduceLoop<FoldMax<A>, double, A>::loops,
     ReduceLoop<FoldMin<A>, double, A>::loops}};

}  // namespace capstan::kernels
