// Comparisons and choice, elementwise. A comparison gives 0 and 1 in its operands' dtype, so that masks can be
// multiplied and summed; no gradient passes through it. Shapes broadcast and dtypes agree as in arithmetic.hpp.
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// 1 where a < b, else 0 – and where either is NaN.
///
/// Gradient  none.
/// Range     f32, f64, i32.
/// Cost      one pass.
Var less(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var less(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where a ≤ b; otherwise as less.
Var less_equal(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var less_equal(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where a > b; otherwise as less.
Var greater(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var greater(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where a ≥ b; otherwise as less.
Var greater_equal(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var greater_equal(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where a = b; otherwise as less.
Var equal(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var equal(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where a ≠ b, and where either is NaN; otherwise as less.
Var not_equal(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var not_equal(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

/// a where the condition is not 0 (NaN is not), else b. What is not chosen has no influence, not even as NaN or inf,
/// and what it was computed from gets a gradient of 0, even if its own is NaN or inf (docs/gradients.md: but behind a
/// product of matrices).
///
/// Shape     that to which all three broadcast.
/// Gradient  da = dy where the condition holds, else 0; db the other way round; none for the condition.
/// Range     f32, f64, i32; one dtype for all three, but a condition of i32 goes with a and b of any.
/// Cost      one pass, and one more to cast a condition of another dtype; keeps the condition.
/// Throws    ShapeError, DTypeError.
Var where(const Operand& condition, const Operand& a, const Operand& b,
          std::source_location where = std::source_location::current());
Var where(const Tensor& condition, const Tensor& a,
          const Tensor& b) = delete;  // tape.constant(x) first

/// 1 where x is NaN, else 0.
///
/// Gradient  none.
/// Throws    DTypeError for i32.
Var is_nan(const Operand& x, std::source_location where = std::source_location::current());
Var is_nan(const Tensor& x) = delete;  // tape.constant(x) first

/// 1 where x is neither infinite nor NaN, else 0; otherwise as is_nan.
Var is_finite(const Operand& x, std::source_location where = std::source_location::current());
Var is_finite(const Tensor& x) = delete;  // tape.constant(x) first

}  // namespace capstan
