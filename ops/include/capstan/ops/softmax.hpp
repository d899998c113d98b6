// Softmax, its logarithm, and the logarithm of a sum of exponentials, along one axis: by default axis 0, the classes.
// Written so that nothing overflows: only differences from the largest element are exponentiated, and elements equal to
// the largest, infinities included, differ from it by 0.
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Options of softmax and log_softmax.
struct SoftmaxOptions {
  std::int64_t axis = 0;  ///< negative ones count from the end
};

/// Options of log_sum_exp.
struct LogSumExpOptions {
  std::int64_t axis = 0;  ///< negative ones count from the end
  bool keepdims = false;  ///< leave the axis in the shape, with extent 1
};

/// Softmax: y = exp(x) / Σ exp(x) along the axis.
///
/// Shape     y has x's shape.
/// Gradient  dx = y · (dy − Σ dy · y).
/// Range     every x: +inf gives 1 (shared equally by several), −inf beside greater elements 0, NaN makes its whole sum
///           NaN.
/// Cost      two passes and one exponential an element.
/// Throws    IndexError for an axis out of range (a number has none); DTypeError for i32.
/// Source    Blanchard, Higham and Higham, IMA J. Numer. Anal. 41 (2021).
Var softmax(const Operand& x, const SoftmaxOptions& options = {},
            std::source_location where = std::source_location::current());
Var softmax(const Tensor& x, const SoftmaxOptions& options = {}) = delete;  // tape.constant(x) first

/// Logarithm of softmax: y = x − log Σ exp(x) along the axis.
///
/// Shape     y has x's shape.
/// Gradient  dx = dy − softmax(x) · Σ dy.
/// Range     as softmax; never −inf for finite x.
/// Cost      two passes and one exponential an element.
/// Throws    as softmax.
Var log_softmax(const Operand& x, const SoftmaxOptions& options = {},
                std::source_location where = std::source_location::current());
Var log_softmax(const Tensor& x, const SoftmaxOptions& options = {}) = delete;  // tape.constant(x) first

/// Logarithm of the sum of exponentials: y = log Σ exp(x) along the axis; of nothing −inf.
///
/// Shape     x's without the axis, or with extent 1 there.
/// Gradient  dx = dy · softmax(x).
/// Range     every x: any +inf gives +inf, only −inf gives −inf.
/// Cost      two passes and one exponential an element.
/// Throws    as softmax.
Var log_sum_exp(const Operand& x, const LogSumExpOptions& options = {},
                std::source_location where = std::source_location::current());
Var log_sum_exp(const Tensor& x, const LogSumExpOptions& options = {}) = delete;  // tape.constant(x) first

}  // namespace capstan
