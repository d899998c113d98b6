// Reductions: sum, mean, max, min, variance, stddev – of everything, or along one or several axes.
//
//   sum(x)                                    one number, shape ()
//   sum(x, {.axis = 0})                       (3, 4) gives (4)
//   mean(x, {.axes = {0, -1}, .keepdims = true})   (3, 4, 5) gives (1, 4, 1)
//
// They add in a fixed tree: the same bits on every run of one program on one machine.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan {

/// Along which axes; neither `axis` nor `axes`: along all.
struct ReduceOptions {
  std::optional<std::int64_t> axis = {};
  Axes axes = {};
  bool keepdims = false;  ///< leave reduced axes in the shape, with extent 1
};

/// Options of variance and stddev: as ReduceOptions, with a correction.
struct VarianceOptions {
  std::optional<std::int64_t> axis = {};
  Axes axes = {};
  bool keepdims = false;
  std::int64_t correction = 0;  ///< divides by count − correction: 0 the population's variance, 1 a sample's
};

/// Sum: y = Σ x along the axes; of nothing 0.
///
/// Shape     x's without the axes, or with extent 1 there; () where all are summed.
/// Gradient  dx = dy, broadcast along the axes.
/// Error     grows with the logarithm of the count: pairwise over chunks of at most 1024.
/// Cost      one pass.
/// Throws    IndexError for an axis out of range or named twice; ValueError for both axis and axes; DTypeError for i32.
/// Source    Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
Var sum(const Operand& x, const ReduceOptions& options = {},
        std::source_location where = std::source_location::current());
Var sum(const Tensor& x, const ReduceOptions& options = {}) = delete;  // tape.constant(x) first

/// Mean: y = Σ x / count along the axes; of nothing NaN.
///
/// Shape     as sum.
/// Gradient  dx = dy / count, broadcast along the axes.
/// Error     as sum.
/// Cost      one pass.
/// Throws    as sum.
Var mean(const Operand& x, const ReduceOptions& options = {},
         std::source_location where = std::source_location::current());
Var mean(const Tensor& x, const ReduceOptions& options = {}) = delete;  // tape.constant(x) first

/// Largest element along the axes. NaN if there is one.
///
/// Shape     as sum.
/// Gradient  dy where x is the largest, shared equally where several are.
/// Range     every x, infinities included.
/// Cost      one pass; the gradient three.
/// Throws    ShapeError where there is nothing to choose from; else as sum.
Var max(const Operand& x, const ReduceOptions& options = {},
        std::source_location where = std::source_location::current());
Var max(const Tensor& x, const ReduceOptions& options = {}) = delete;  // tape.constant(x) first

/// Smallest element along the axes; otherwise as max.
Var min(const Operand& x, const ReduceOptions& options = {},
        std::source_location where = std::source_location::current());
Var min(const Tensor& x, const ReduceOptions& options = {}) = delete;  // tape.constant(x) first

/// Variance: y = mean((x − mean(x))²) · count / (count − correction) along the axes. Two passes over x, so that
/// nothing cancels; a third where the sum of the squares, or that for the mean, may have overflowed or vanished.
///
/// Shape     as sum.
/// Gradient  dx = dy · 2(x − mean(x)) / (count − correction).
/// Range     every finite x: right where a number of x's dtype can hold it.
/// Throws    as sum; ValueError for a negative correction. NaN, or infinite, where count ≤ correction.
Var variance(const Operand& x, const VarianceOptions& options = {},
             std::source_location where = std::source_location::current());
Var variance(const Tensor& x, const VarianceOptions& options = {}) = delete;  // tape.constant(x) first

/// Standard deviation: the square root of the variance.
///
/// Shape     as sum.
/// Gradient  dx = dy / (count − correction) · (x − mean(x)) / y; not finite where y is 0.
/// Range     as variance: from the smallest to the largest numbers of x's dtype.
/// Throws    as variance.
Var stddev(const Operand& x, const VarianceOptions& options = {},
           std::source_location where = std::source_location::current());
Var stddev(const Tensor& x, const VarianceOptions& options = {}) = delete;  // tape.constant(x) first

/// Sum over the axes along which `shape` was broadcast to x's shape: the opposite of broadcast_to.
///
/// Shape     the one given.
/// Gradient  dx = dy, broadcast to x's shape.
/// Error     as sum.
/// Cost      one pass; none where x has the shape already (x itself is the result).
/// Throws    ShapeError if the shape does not broadcast to x's; DTypeError for i32.
Var sum_to(const Operand& x, const Shape& shape, std::source_location where = std::source_location::current());
Var sum_to(const Tensor& x, const Shape& shape) = delete;  // tape.constant(x) first

}  // namespace capstan
