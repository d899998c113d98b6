// Arithmetic, elementwise: + − * / on Vars, Parameters, Tensors and numbers, and the functions behind them.
//
//   2.0 * x + bias        one side must be a Var or a Parameter: a Tensor plus a Tensor does not compile
//   2.0 * W               compiles, but throws ValueError: no operand is on a tape, as in 2.0 * tape.parameter(W)
//   add(parameter, x)     what + records; the name that messages and drawings show
//
// Operations on Tensors alone are refused by the compiler, here and in the other headers of ops: a function is deleted
// for them. tape.constant(t) records one. To compute without gradients, make the tape with {.inference = true}.
//
// Shapes broadcast as in NumPy: axes are matched from the last, and extents of 1, and axes that an operand lacks, are
// repeated. A number takes its partner's dtype. Every operation here throws ShapeError where shapes do not broadcast,
// DTypeError where two dtypes differ, and ValueError where no operand is on a tape.
#pragma once

#include <concepts>
#include <source_location>
#include <type_traits>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Sum: y = a + b.
///
/// Gradient  da = dy, db = dy.
/// Range     f32, f64, i32 (which wraps around).
/// Cost      one pass; keeps nothing.
Var add(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var add(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// Difference: y = a − b.
///
/// Gradient  da = dy, db = −dy.
/// Range     f32, f64, i32 (which wraps around).
/// Cost      one pass; keeps nothing.
Var subtract(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var subtract(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// Product, element by element: y = a · b. For the product of matrices see matmul.
///
/// Gradient  da = dy · b, db = dy · a.
/// Range     f32, f64, i32 (which wraps around).
/// Cost      one pass; keeps a and b.
Var multiply(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var multiply(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// Quotient: y = a / b, as IEEE 754 has it: x/0 is ±inf, 0/0 NaN.
///
/// Gradient  da = dy / b, db = −dy · a / b², whatever of it is beyond the dtype before the whole is.
/// Cost      one pass; keeps b, and a where b's gradient is wanted.
/// Throws    DTypeError for i32: that is floor_divide.
Var divide(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var divide(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// Quotient rounded down: y = ⌊a / b⌋, exactly, as NumPy's. (NumPy and the notes write //.)
///
/// Gradient  none: it is 0.
/// Range     f32, f64: x // 0 is x / 0, and NaN for an infinite a. i32: x // 0 is 0; the smallest number // −1 wraps
///           around to itself.
/// Cost      one pass.
Var floor_divide(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var floor_divide(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// Power: y = x^exponent.
///
/// Gradient  dx = dy · exponent · x^(exponent − 1), 0 where the exponent is 0; dexponent = dy · y · log(x), 0 where
///           x = 0 and exponent ≥ 0. Right at every order.
/// Range     with the limits of C's pow: x⁰ = 1 for every x, NaN included; a negative x needs a whole exponent.
/// Error     ≤ 1 ulp, in f32 half of it; the exponents 2, 1, 0, −1 and 0.5 give what x · x, x, 1, 1 / x and sqrt(x) give
///           (but inf for the root of −inf, and 0 for that of −0).
/// Cost      one pass; keeps x and exponent.
/// Throws    DTypeError for i32.
Var pow(const Operand& x, const Operand& exponent, std::source_location where = std::source_location::current());
Var pow(const Tensor& x, const Tensor& exponent) = delete;  // tape.constant(x) first

/// The larger one; NaN if either is.
///
/// Gradient  dy to the larger one, half of it to each where they are equal.
/// Range     f32, f64, i32.
/// Cost      one pass; keeps a and b.
Var maximum(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var maximum(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// The smaller one; otherwise as maximum.
Var minimum(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var minimum(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// y = −x.
///
/// Gradient  dx = −dy.
/// Range     f32, f64, i32.
/// Cost      one pass; keeps nothing.
Var negate(const Operand& x, std::source_location where = std::source_location::current());
Var negate(const Tensor& x) = delete;  // tape.constant(x) first

/// y = x · x.
///
/// Gradient  dx = dy · 2x.
/// Range     f32, f64, i32 (which wraps around).
/// Cost      one pass; keeps x.
Var square(const Operand& x, std::source_location where = std::source_location::current());
Var square(const Tensor& x) = delete;  // tape.constant(x) first

/// y = 1 / x.
///
/// Gradient  dx = −dy / x², whatever of it is beyond the dtype before the whole is.
/// Cost      one pass; keeps x.
/// Throws    DTypeError for i32.
Var reciprocal(const Operand& x, std::source_location where = std::source_location::current());
Var reciprocal(const Tensor& x) = delete;  // tape.constant(x) first

namespace detail {

/// The other operand of a Var in an expression: anything an Operand can be except a Var. It stores the user's line.
class Partner : public Operand {
 public:
  Partner(const Parameter& p, std::source_location where = std::source_location::current()) noexcept
      : Operand{p, where} {}
  Partner(const Tensor& t, std::source_location where = std::source_location::current()) noexcept : Operand{t, where} {}
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>)
  Partner(T number, std::source_location where = std::source_location::current()) noexcept : Operand{number, where} {}
};

/// A Var or Parameter with the user's line, for the unary minus, which has no other operand to store it.
class Located : public Operand {
 public:
  Located(const Var& x, std::source_location where = std::source_location::current()) noexcept : Operand{x, where} {}
  Located(const Parameter& p, std::source_location where = std::source_location::current()) noexcept
      : Operand{p, where} {}
};

/// The left operand of a Parameter in an expression without a Var. No operand knows a tape there, and the error says so.
class Unrecorded : public Operand {
 public:
  Unrecorded(const Tensor& t, std::source_location where = std::source_location::current()) noexcept
      : Operand{t, where} {}
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>)
  Unrecorded(T number, std::source_location where = std::source_location::current()) noexcept
      : Operand{number, where} {}
};

/// The types for which the operators are defined: a Var, or the Operand that a function was given.
template <class T>
concept Recorded = std::same_as<T, Var> || std::same_as<T, Operand>;

/// The type for which the operators are defined in an expression without a Var.
template <class T>
concept IsParameter = std::same_as<T, Parameter>;

}  // namespace detail

template <detail::Recorded A>
Var operator+(const A& a, const Operand& b) {
  return add(a, b, b.where());
}
template <detail::Recorded B>
Var operator+(const detail::Partner& a, const B& b) {
  return add(a, b, a.where());
}
template <detail::IsParameter A>
Var operator+(const A& a, const detail::Partner& b) {
  return add(a, b, b.where());
}
template <detail::IsParameter B>
Var operator+(const detail::Unrecorded& a, const B& b) {
  return add(a, b, a.where());
}

template <detail::Recorded A>
Var operator-(const A& a, const Operand& b) {
  return subtract(a, b, b.where());
}
template <detail::Recorded B>
Var operator-(const detail::Partner& a, const B& b) {
  return subtract(a, b, a.where());
}
template <detail::IsParameter A>
Var operator-(const A& a, const detail::Partner& b) {
  return subtract(a, b, b.where());
}
template <detail::IsParameter B>
Var operator-(const detail::Unrecorded& a, const B& b) {
  return subtract(a, b, a.where());
}

template <detail::Recorded A>
Var operator*(const A& a, const Operand& b) {
  return multiply(a, b, b.where());
}
template <detail::Recorded B>
Var operator*(const detail::Partner& a, const B& b) {
  return multiply(a, b, a.where());
}
template <detail::IsParameter A>
Var operator*(const A& a, const detail::Partner& b) {
  return multiply(a, b, b.where());
}
template <detail::IsParameter B>
Var operator*(const detail::Unrecorded& a, const B& b) {
  return multiply(a, b, a.where());
}

template <detail::Recorded A>
Var operator/(const A& a, const Operand& b) {
  return divide(a, b, b.where());
}
template <detail::Recorded B>
Var operator/(const detail::Partner& a, const B& b) {
  return divide(a, b, a.where());
}
template <detail::IsParameter A>
Var operator/(const A& a, const detail::Partner& b) {
  return divide(a, b, b.where());
}
template <detail::IsParameter B>
Var operator/(const detail::Unrecorded& a, const B& b) {
  return divide(a, b, a.where());
}

inline Var operator-(const detail::Located& x) { return negate(x, x.where()); }
template <std::same_as<Operand> X>
Var operator-(const X& x) {
  return negate(x, x.where());
}

/// x becomes x + y: a new value under the old name; what was recorded stays.
inline Var& operator+=(Var& x, const Operand& y) { return x = add(x, y, y.where()); }
inline Var& operator-=(Var& x, const Operand& y) { return x = subtract(x, y, y.where()); }
inline Var& operator*=(Var& x, const Operand& y) { return x = multiply(x, y, y.where()); }
inline Var& operator/=(Var& x, const Operand& y) { return x = divide(x, y, y.where()); }

}  // namespace capstan
