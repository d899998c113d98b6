// Losses: how far a prediction is from its target. The loss is that of one example or element; the mean of the losses,
// which is returned by default, is the cost. A loss never broadcasts. If its prediction was recorded by `sigmoid` or
// `softmax`, it is computed from the logits, so that the textbook formula dZ = (A − Y)/m is exact too.
//
//   binary_cross_entropy(sigmoid(z), y)                    z and y (1, m)
//   cross_entropy(logits, labels)                          (classes, m) and (m) of i32
//   mean_squared_error(p, y, {.reduction = Reduction::sum})
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// What becomes of the losses of the elements or examples.
enum class Reduction : std::uint8_t {
  mean,  ///< the cost: the sum divided by how many there are
  sum,   ///< the sum
  none   ///< every loss by itself
};

/// Options of the losses of elements.
struct LossOptions {
  Reduction reduction = Reduction::mean;
};

/// Options of cross_entropy and categorical_cross_entropy.
struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;
  std::int64_t ignore_index = -100;  ///< examples with this label cost nothing and are not counted; labels only
  double label_smoothing = 0.0;      ///< ε in [0, 1]: the target becomes (1 − ε) · target + ε / classes
  Tensor class_weights = {};         ///< (classes), in the logits' dtype; a tensor without elements: all 1
};

/// Binary cross-entropy of probabilities: loss = −(y log p + (1 − y) log(1 − p)), logarithms cut at −100. If
/// p was recorded by `sigmoid(z)`, the loss is computed as binary_cross_entropy_with_logits of z, with the gradient
/// dz = dy · (p − y); gradient(loss, p) is the dp below all the same.
///
/// Shape     (); with Reduction::none p's.
/// Gradient  dp = dy · (p − y) / max(p(1 − p), 1e-12); of the target: dy · (log(1 − p) − log p), cut as well.
/// Range     p and y in [0, 1]: a wrong answer at p = 0 or 1 costs 100; NaN for p outside and for a NaN.
/// Cost      two passes; the mean divides by the number of elements.
/// Throws    ShapeError unless p and y have the same shape; DTypeError unless they have the same dtype, f32 or
///           f64; ValueError if y is a tensor with an element outside [0, 1].
Var binary_cross_entropy(const Operand& p, const Operand& y, const LossOptions& options = {},
                         std::source_location where = std::source_location::current());
Var binary_cross_entropy(const Tensor& p, const Tensor& y,
                         const LossOptions& options = {}) = delete;  // tape.constant(x) first

/// Binary cross-entropy of logits: the loss of p = sigmoid(z), without overflow or cancellation.
///
/// Shape     (); with Reduction::none z's.
/// Gradient  dz = dy · (sigmoid(z) − y); of the target: −dy · z.
/// Range     every z, ±inf included: a right answer costs 0 there, a wrong one +inf.
/// Cost      two passes; the mean divides by the number of elements.
/// Throws    as binary_cross_entropy.
Var binary_cross_entropy_with_logits(const Operand& z, const Operand& y, const LossOptions& options = {},
                                     std::source_location where = std::source_location::current());
Var binary_cross_entropy_with_logits(const Tensor& z, const Tensor& y,
                                     const LossOptions& options = {}) = delete;  // tape.constant(x) first

/// Cross-entropy of logits (classes, m): loss = log Σ exp(z) − z[label] for each example (column). The target is
/// labels, (m) of i32, or probabilities, (classes, m), for which loss = Σ target · (log Σ exp(z) − z). With class
/// weights every term of a class is multiplied by the weight of the class.
///
/// Shape     (); with Reduction::none (m).
/// Gradient  dz = dy · (softmax(z) − target), weighted; the target's, where it is probabilities: −dy · log_softmax(z).
/// Range     every z, ±inf included; NaN goes through, also where the target or the weight is 0, but not where the
///           label is ignored.
/// Cost      two passes and one exponential an element, and as much again for the gradient. The mean divides by the
///           number of examples that are not ignored or, with labels and class weights, by the sum of the weights of
///           their labels. Where that is 0 nothing is counted: cost 0, gradients 0.
/// Throws    ShapeError for shapes that do not fit, class_weights included, and for more than 2^24 classes in f32;
///           DTypeError for targets or weights of another dtype; ValueError for label_smoothing outside [0, 1],
///           class_weights that are negative or not finite, or ignore_index with probabilities; IndexError, when the
///           value is computed, for a label that is neither in 0 … classes−1 nor ignore_index.
/// Source    label smoothing: Szegedy et al., CVPR (2016).
Var cross_entropy(const Operand& logits, const Operand& target, const CrossEntropyOptions& options = {},
                  std::source_location where = std::source_location::current());
Var cross_entropy(const Tensor& logits, const Tensor& target,
                  const CrossEntropyOptions& options = {}) = delete;  // tape.constant(x) first

/// Cross-entropy of probabilities (classes, m): loss = −log p[label] for each example, or −Σ target · log p; logarithms
/// cut at −100. If p was recorded by `softmax(z)` along axis 0, the loss is computed as cross_entropy of z, with the
/// gradient dz = dy · (p − target); gradient(loss, p) is the dp below all the same. The columns should sum to 1: they are
/// not normalised here.
///
/// Shape     (); with Reduction::none (m).
/// Gradient  dp = −dy · target / max(p, 1e-12), weighted.
/// Range     p in [0, 1]: a wrong answer at p = 0 costs 100; NaN for p below 0. NaN as in cross_entropy.
/// Cost      three passes; the mean divides as in cross_entropy.
/// Throws    as cross_entropy.
Var categorical_cross_entropy(const Operand& probabilities, const Operand& target,
                              const CrossEntropyOptions& options = {},
                              std::source_location where = std::source_location::current());
Var categorical_cross_entropy(const Tensor& probabilities, const Tensor& target,
                              const CrossEntropyOptions& options = {}) = delete;  // tape.constant(x) first

/// Mean squared error: loss = (p − y)² for each element; Reduction::sum and none give the sum and the squares.
///
/// Shape     (); with Reduction::none p's.
/// Gradient  dp = dy · 2(p − y); of the target: the opposite.
/// Cost      two passes; the mean divides by the number of elements.
/// Throws    ShapeError unless p and y have the same shape; DTypeError unless they have the same dtype, f32 or f64.
Var mean_squared_error(const Operand& p, const Operand& y, const LossOptions& options = {},
                       std::source_location where = std::source_location::current());
Var mean_squared_error(const Tensor& p, const Tensor& y,
                       const LossOptions& options = {}) = delete;  // tape.constant(x) first

}  // namespace capstan
