// Elementary functions, one element at a time: y has x's shape. Each takes f32 and f64 and throws DTypeError for i32,
// unless it says otherwise; NaN gives NaN. Errors are the largest in ulp (units in the last place), in f32 and f64
// alike; they are 0.3 ulp on average. tests/kernels/accuracy_test.cpp measures them.
#pragma once

#include <limits>
#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// y = eˣ.
///
/// Gradient  dx = dy · eˣ, also where eˣ itself is too small or too large for the dtype.
/// Range     every x; 0 and inf where eˣ is too small or too large for the dtype; denormal results are right.
/// Error     ≤ 2 ulp.
/// Cost      one pass; keeps x.
Var exp(const Operand& x, std::source_location where = std::source_location::current());
Var exp(const Tensor& x) = delete;  // tape.constant(x) first

/// y = eˣ − 1, without the loss of digits near 0.
///
/// Gradient  dx = dy · eˣ.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps x.
Var expm1(const Operand& x, std::source_location where = std::source_location::current());
Var expm1(const Tensor& x) = delete;  // tape.constant(x) first

/// Natural logarithm.
///
/// Gradient  dx = dy / x.
/// Range     x ≥ 0; −inf at 0, NaN below. To keep away from 0: log(maximum(x, epsilon)).
/// Error     ≤ 2 ulp.
/// Cost      one pass; keeps x.
Var log(const Operand& x, std::source_location where = std::source_location::current());
Var log(const Tensor& x) = delete;  // tape.constant(x) first

/// y = log(1 + x), without the loss of digits near 0.
///
/// Gradient  dx = dy / (1 + x).
/// Range     x ≥ −1; −inf at −1, NaN below.
/// Error     ≤ 2 ulp.
/// Cost      one pass; keeps x.
Var log1p(const Operand& x, std::source_location where = std::source_location::current());
Var log1p(const Tensor& x) = delete;  // tape.constant(x) first

/// Square root.
///
/// Gradient  dx = dy / (2y); infinite at 0.
/// Range     x ≥ 0; NaN below, −0 at −0.
/// Error     none but rounding.
/// Cost      one pass; keeps y.
Var sqrt(const Operand& x, std::source_location where = std::source_location::current());
Var sqrt(const Tensor& x) = delete;  // tape.constant(x) first

/// Magnitude.
///
/// Gradient  dx = dy · sign(x): 0 at 0, for an infinite dy as well.
/// Range     every x, i32 too (its smallest number stays as it is).
/// Cost      one pass; keeps x.
Var abs(const Operand& x, std::source_location where = std::source_location::current());
Var abs(const Tensor& x) = delete;  // tape.constant(x) first

/// −1, 0 or 1.
///
/// Gradient  none: it is 0.
/// Range     every x, i32 too.
/// Cost      one pass.
Var sign(const Operand& x, std::source_location where = std::source_location::current());
Var sign(const Tensor& x) = delete;  // tape.constant(x) first

/// Sine of x in radians.
///
/// Gradient  dx = dy · cos(x).
/// Range     every finite x; NaN at ±inf.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps x. Slow where |x| is beyond 1.6 million.
Var sin(const Operand& x, std::source_location where = std::source_location::current());
Var sin(const Tensor& x) = delete;  // tape.constant(x) first

/// Cosine; otherwise as sin, with dx = −dy · sin(x).
Var cos(const Operand& x, std::source_location where = std::source_location::current());
Var cos(const Tensor& x) = delete;  // tape.constant(x) first

/// The largest whole number that is not above x.
///
/// Gradient  none: it is 0.
/// Cost      one pass.
Var floor(const Operand& x, std::source_location where = std::source_location::current());
Var floor(const Tensor& x) = delete;  // tape.constant(x) first

/// The smallest whole number that is not below x; otherwise as floor.
Var ceil(const Operand& x, std::source_location where = std::source_location::current());
Var ceil(const Tensor& x) = delete;  // tape.constant(x) first

/// The nearest whole number, the even one of two that are as near (2.5 gives 2); otherwise as floor.
Var round(const Operand& x, std::source_location where = std::source_location::current());
Var round(const Tensor& x) = delete;  // tape.constant(x) first

/// Options of clamp.
struct ClampOptions {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// x, but not below `low` nor above `high`.
///
/// Gradient  dx = dy where low ≤ x ≤ high, else 0.
/// Cost      one pass; keeps x.
/// Throws    ValueError if low is above high, or one is NaN; DTypeError for i32.
Var clamp(const Operand& x, const ClampOptions& options, std::source_location where = std::source_location::current());
Var clamp(const Tensor& x, const ClampOptions& options) = delete;  // tape.constant(x) first

/// Error function: y = 2/√π · ∫₀ˣ e^(−t²) dt.
///
/// Gradient  dx = dy · 2/√π · e^(−x²).
/// Error     ≤ 2 ulp.
/// Cost      one pass; keeps x.
Var erf(const Operand& x, std::source_location where = std::source_location::current());
Var erf(const Tensor& x) = delete;  // tape.constant(x) first

}  // namespace capstan
