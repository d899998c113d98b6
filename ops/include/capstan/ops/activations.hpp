// Activations: the functions between the layers of a net, elementwise. y has x's shape; each takes f32 and f64 and
// throws DTypeError for i32; NaN gives NaN. softmax, which looks at a whole axis, has a header of its own.
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Options of relu.
struct ReluOptions {
  double slope_at_zero = 1.0;  ///< the derivative taken at x = 0: 1 as in the notes, while most frameworks take 0
};

/// Options of leaky_relu.
struct LeakyReluOptions {
  double slope = 0.01;         ///< for x < 0
  double slope_at_zero = 1.0;  ///< the derivative taken at x = 0
};

/// Options of elu.
struct EluOptions {
  double alpha = 1.0;  ///< the limit for x → −inf is −alpha
};

/// Logistic function: y = 1 / (1 + e⁻ˣ).
///
/// Gradient  dx = dy · y · (1 − y); as exact as y is (docs/gradients.md).
/// Range     every x: 0 and 1 at ∓inf, nothing overflows.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps y.
Var sigmoid(const Operand& x, std::source_location where = std::source_location::current());
Var sigmoid(const Tensor& x) = delete;  // tape.constant(x) first

/// Hyperbolic tangent.
///
/// Gradient  dx = dy · (1 − y²); as exact as y is (docs/gradients.md).
/// Range     every x: ±1 at ±inf.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps y.
Var tanh(const Operand& x, std::source_location where = std::source_location::current());
Var tanh(const Tensor& x) = delete;  // tape.constant(x) first

/// Rectified linear unit: y = max(x, 0).
///
/// Gradient  dx = dy for x > 0, 0 for x < 0, dy · slope_at_zero at 0.
/// Cost      one pass; keeps x.
/// Throws    ValueError if slope_at_zero is not finite.
Var relu(const Operand& x, const ReluOptions& options = {},
         std::source_location where = std::source_location::current());
Var relu(const Tensor& x, const ReluOptions& options = {}) = delete;  // tape.constant(x) first

/// Leaky rectified linear unit: y = x for x > 0, slope · x below.
///
/// Gradient  dx = dy for x > 0, dy · slope for x < 0, dy · slope_at_zero at 0.
/// Cost      one pass; keeps x.
/// Throws    ValueError if slope or slope_at_zero is not finite.
Var leaky_relu(const Operand& x, const LeakyReluOptions& options = {},
               std::source_location where = std::source_location::current());
Var leaky_relu(const Tensor& x, const LeakyReluOptions& options = {}) = delete;  // tape.constant(x) first

/// Softplus: y = log(1 + eˣ).
///
/// Gradient  dx = dy · sigmoid(x).
/// Range     every x; written so that a large |x| cannot overflow.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps x.
/// Source    Dugas et al., NIPS 13 (2000); stable form: Mächler, vignette log1mexp (2012).
Var softplus(const Operand& x, std::source_location where = std::source_location::current());
Var softplus(const Tensor& x) = delete;  // tape.constant(x) first

/// Exponential linear unit: y = x for x > 0, alpha · (eˣ − 1) below.
///
/// Gradient  dx = dy for x > 0, dy · alpha · eˣ for x ≤ 0.
/// Error     ≤ 3 ulp.
/// Cost      one pass; keeps x.
/// Throws    ValueError if alpha is not finite.
/// Source    Clevert, Unterthiner and Hochreiter, ICLR 2016.
Var elu(const Operand& x, const EluOptions& options = {}, std::source_location where = std::source_location::current());
Var elu(const Tensor& x, const EluOptions& options = {}) = delete;  // tape.constant(x) first

/// Sigmoid linear unit, also called swish: y = x · sigmoid(x).
///
/// Gradient  dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x).
/// Range     every x: 0 at −inf.
/// Error     ≤ 4 ulp, for the smallest results too.
/// Cost      one pass; keeps x.
/// Source    Elfwing, Uchibe and Doya, Neural Networks 107 (2018).
Var silu(const Operand& x, std::source_location where = std::source_location::current());
Var silu(const Tensor& x) = delete;  // tape.constant(x) first

/// Gaussian error linear unit: y = x · Φ(x), Φ the distribution function of the standard normal distribution; exact,
/// not the approximation by tanh.
///
/// Gradient  dx = dy · (Φ(x) + x · e^(−x²/2) / √2π).
/// Range     every x: 0 at −inf.
/// Error     ≤ 4 ulp, for the smallest results too.
/// Cost      one pass; keeps x.
/// Source    Hendrycks and Gimpel, arXiv:1606.08415 (2016).
Var gelu(const Operand& x, std::source_location where = std::source_location::current());
Var gelu(const Tensor& x) = delete;  // tape.constant(x) first

}  // namespace capstan
