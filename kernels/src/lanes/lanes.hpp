// Lanes<T, A>: as many numbers of type T as a register of instruction set A holds (an xsimd architecture), with the
// arithmetic that op structs are written in. The instruction set is part of every type here, so that no symbol compiled
// for a wide processor can stand in for one of a narrow processor.
#pragma once

// GCC 12 takes the undefined registers in its own header for uninitialised variables (GCC bug 105593).
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cstdint>
#include <limits>
#include <type_traits>

#include <xsimd/xsimd.hpp>

namespace capstan::kernels {

/// The instruction set of the kernels that run anywhere.
#if defined(__x86_64__)
using Portable = xsimd::sse2;
#else
using Portable = xsimd::default_arch;
#endif

template <class T, class A>
struct Mask {
  xsimd::batch_bool<T, A> v;

  friend Mask operator&&(Mask a, Mask b) noexcept { return {a.v & b.v}; }
  friend Mask operator||(Mask a, Mask b) noexcept { return {a.v | b.v}; }
  friend Mask operator!(Mask a) noexcept { return {~a.v}; }
  friend bool any(Mask a) noexcept { return xsimd::any(a.v); }
  friend bool all(Mask a) noexcept { return !any(!a); }
};

template <class T, class A>
struct Lanes {
  using Element = T;
  using Arch = A;
  using Register = xsimd::batch<T, A>;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using BitLanes = Lanes<Bits, A>;
  static constexpr std::int64_t width = static_cast<std::int64_t>(Register::size);

  Register v;

  Lanes() = default;
  Lanes(Register r) noexcept : v{r} {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  explicit Lanes(Number number) noexcept : v(static_cast<T>(number)) {}

  static Lanes load(const T* from) noexcept { return Register::load_unaligned(from); }
  void store(T* to) const noexcept { v.store_unaligned(to); }

  friend Lanes operator+(Lanes a, Lanes b) noexcept { return a.v + b.v; }
  friend Lanes operator-(Lanes a, Lanes b) noexcept { return a.v - b.v; }
  friend Lanes operator*(Lanes a, Lanes b) noexcept {
    if constexpr (std::is_same_v<T, std::int32_t>) {  // as unsigned numbers, which wrap around
      using Unsigned = typename BitLanes::Register;
      return xsimd::bitwise_cast<Register>(xsimd::bitwise_cast<Unsigned>(a.v) * xsimd::bitwise_cast<Unsigned>(b.v));
    } else {
      return a.v * b.v;
    }
  }
  friend Lanes operator/(Lanes a, Lanes b) noexcept { return a.v / b.v; }
  friend Lanes operator&(Lanes a, Lanes b) noexcept { return a.v & b.v; }
  friend Lanes operator|(Lanes a, Lanes b) noexcept { return a.v | b.v; }
  friend Lanes operator^(Lanes a, Lanes b) noexcept { return a.v ^ b.v; }
  friend Lanes operator<<(Lanes a, int bits) noexcept { return a.v << bits; }
  friend Lanes operator>>(Lanes a, int bits) noexcept { return a.v >> bits; }

  friend Mask<T, A> operator<(Lanes a, Lanes b) noexcept { return {a.v < b.v}; }
  friend Mask<T, A> operator<=(Lanes a, Lanes b) noexcept { return {a.v <= b.v}; }
  friend Mask<T, A> operator>(Lanes a, Lanes b) noexcept { return {b.v < a.v}; }
  friend Mask<T, A> operator>=(Lanes a, Lanes b) noexcept { return {b.v <= a.v}; }
  friend Mask<T, A> operator==(Lanes a, Lanes b) noexcept { return {a.v == b.v}; }
  /// True where either is NaN; xsimd 8's own is false there for AVX.
  friend Mask<T, A> operator!=(Lanes a, Lanes b) noexcept {
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<T, float>) return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)};
    if constexpr (std::is_same_v<T, double>) return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_NEQ_UQ)};
#elif defined(__AVX__)
    if constexpr (std::is_same_v<T, float>) return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)};
    if constexpr (std::is_same_v<T, double>) return {_mm256_cmp_pd(a.v, b.v, _CMP_NEQ_UQ)};
#endif
    return !(a == b);
  }

  friend Lanes select(Mask<T, A> mask, Lanes a, Lanes b) noexcept {
#if defined(__AVX512F__)
    // xsimd 8's own does not compile for integers without optimisation.
    if constexpr (std::is_same_v<T, std::int32_t>) {
      return Register(_mm512_mask_blend_epi32(static_cast<__mmask16>(mask.v.data), b.v, a.v));
    } else {
      return xsimd::select(mask.v, a.v, b.v);
    }
#else
    return xsimd::select(mask.v, a.v, b.v);
#endif
  }
};

/// x where the mask is set, else 0.
template <class T, class A>
Lanes<T, A> only(Mask<T, A> mask, Lanes<T, A> x) noexcept {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return Lanes<T, A>(_mm512_maskz_mov_ps(mask.v, x.v));
  if constexpr (std::is_same_v<T, double>) return Lanes<T, A>(_mm512_maskz_mov_pd(mask.v, x.v));
#elif defined(__SSE2__)
  if constexpr (std::is_floating_point_v<T>) return Lanes<T, A>(typename Lanes<T, A>::Register(mask.v.data)) & x;
#endif
  return select(mask, x, Lanes<T, A>(0));
}

template <class T, class A>
typename Lanes<T, A>::BitLanes bits_of(Lanes<T, A> x) noexcept {
  return xsimd::bitwise_cast<typename Lanes<T, A>::BitLanes::Register>(x.v);
}

template <class T, class A>
Lanes<T, A> from_bits(typename Lanes<T, A>::BitLanes bits) noexcept {
  return xsimd::bitwise_cast<typename Lanes<T, A>::Register>(bits.v);
}

template <class T, class A>
Lanes<T, A> sign_bit(Lanes<T, A> x) noexcept {
  return x & Lanes<T, A>(-0.0);
}

template <class T, class A>
Lanes<T, A> operator-(Lanes<T, A> x) noexcept {
  if constexpr (std::is_integral_v<T>) return Lanes<T, A>(0) - x;
  return x ^ Lanes<T, A>(-0.0);
}

template <class T, class A>
Lanes<T, A> abs(Lanes<T, A> x) noexcept {
  using L = Lanes<T, A>;
  if constexpr (std::is_integral_v<T>) return select(x < L(0), -x, x);
  return from_bits<T, A>(bits_of(x) & typename L::BitLanes(~typename L::Bits{0} >> 1));
}

/// The magnitude of x with the sign of y; x must not be negative.
template <class T, class A>
Lanes<T, A> with_sign_of(Lanes<T, A> x, Lanes<T, A> y) noexcept {
  return x | sign_bit(y);
}

template <class T, class A>
Mask<T, A> is_nan(Lanes<T, A> x) noexcept {
  return x != x;  // NOLINT(misc-redundant-expression): NaN alone differs from itself
}

/// The larger one; NaN if either is.
template <class T, class A>
Lanes<T, A> max(Lanes<T, A> a, Lanes<T, A> b) noexcept {
  if constexpr (std::is_integral_v<T>) return select(a > b, a, b);
  return select(a > b || is_nan(a), a, b);
}

/// The smaller one; NaN if either is.
template <class T, class A>
Lanes<T, A> min(Lanes<T, A> a, Lanes<T, A> b) noexcept {
  if constexpr (std::is_integral_v<T>) return select(a < b, a, b);
  return select(a < b || is_nan(a), a, b);
}

template <class T, class A>
Lanes<T, A> sqrt(Lanes<T, A> x) noexcept {
  return xsimd::sqrt(x.v);
}

/// Whether a·b + c can be rounded once.
template <class A>
inline constexpr bool has_fma = !std::is_same_v<A, xsimd::sse2>;

/// a·b + c, rounded once where the processor can (has_fma).
template <class T, class A>
Lanes<T, A> fma(Lanes<T, A> a, Lanes<T, A> b, Lanes<T, A> c) noexcept {
#if defined(__AVX512F__)
  // xsimd 8 has no fused form for this instruction set.
  if constexpr (std::is_same_v<T, float>) return Lanes<T, A>(_mm512_fmadd_ps(a.v, b.v, c.v));
  if constexpr (std::is_same_v<T, double>) return Lanes<T, A>(_mm512_fmadd_pd(a.v, b.v, c.v));
#else
  return xsimd::fma(a.v, b.v, c.v);
#endif
}

}  // namespace capstan::kernels
