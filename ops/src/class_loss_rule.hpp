// ClassLossRule: the parts of the gradient rules of losses over classes.
#pragma once

#include <capstan/graph/op.hpp>

#include "class_loss.hpp"

namespace capstan {

/// A loss over classes within its own gradient rule, or within the rule of its gradient. The first `count` operands are
/// the loss's.
class ClassLossRule {
 public:
  ClassLossRule(const Rule& rule, std::size_t count);

  Var scores() const { return rule_.input(0); }
  Var target() const { return rule_.input(1); }
  bool has_labels() const { return target().dtype() == DType::i32; }

  /// The target of every class of every example, smoothed and weighted: (classes, m).
  Var targets() const;
  /// The gradient of each loss, (m) or (), for a gradient of the output: the mean divides it by the count.
  Var for_each(const Var& dy) const;
  /// The gradient of logits that make the probabilities p: dy · (p · Σ target − target).
  Var logits_gradient(const Var& p) const;
  /// The gradient of probabilities: −dy · target / max(p, 1e-12).
  Var probabilities_gradient(const Var& p) const;
  /// The gradient of a target of probabilities, where −log p of every class is `costs`.
  Var target_gradient(const Var& costs) const;
  /// x (classes, m), with 0 for examples whose label is ignored, even where x is NaN.
  Var if_counted(const Var& x) const;
  /// Records an op on the loss's operands, and on `last` if there is one, with the loss's attributes.
  Var record_alike(const Op& op, const Var* last = nullptr) const;

 private:
  bool has_weights() const noexcept { return count_ == 3; }
  Var weighted(const Var& x) const;

  const Rule& rule_;
  std::size_t count_;
  ClassLossAttributes attributes_;
};

/// The gradient op of the cross-entropy of logits with labels: dz = dy · (softmax(z) · Σ target − target).
const Op& cross_entropy_gradient_op() noexcept;

/// Ops without gradient on the operands of a loss with labels. They compute its targets; (m) of 1 for labels that are not
/// ignored and 0 for the others; and the divisor of its mean.
const Op& label_targets_op() noexcept;
const Op& label_counts_op() noexcept;
const Op& counted_weight_op() noexcept;

}  // namespace capstan
