// What the gradient rules of losses over classes are made of.
#pragma once

#include <capstan/graph/op.hpp>

#include "class_loss.hpp"

namespace capstan {

/// A loss over classes as its own rule, or that of its gradient, sees it: the first `count` operands are the loss's.
class ClassLossRule {
 public:
  ClassLossRule(const Rule& rule, std::size_t count);

  Var scores() const { return rule_.input(0); }
  Var target() const { return rule_.input(1); }
  bool has_labels() const { return target().dtype() == DType::i32; }

  /// The target of every class of every example, smoothed and weighted: (classes, m).
  Var targets() const;
  /// What is left for the losses themselves, (m) or (), of a gradient of the output: the mean divides it.
  Var for_each(const Var& dy) const;
  /// The gradient of logits that make the probabilities p: dy · (p · Σ target − target).
  Var logits_gradient(const Var& p) const;
  /// The gradient of probabilities: −dy · target / max(p, 1e-12).
  Var probabilities_gradient(const Var& p) const;
  /// The gradient of a target of probabilities, where −log p of every class is `costs`.
  Var target_gradient(const Var& costs) const;
  /// x (classes, m), and 0 for examples with a label that is ignored: not even a NaN of theirs is seen.
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

/// Of the cross-entropy of logits with labels: dz = dy · (softmax(z) · Σ target − target).
const Op& cross_entropy_gradient_op() noexcept;

/// Ops without gradient on the operands of a loss with labels: its targets, (m) of 1 for labels that are not ignored and 0
/// for the others, and what its mean divides by.
const Op& label_targets_op() noexcept;
const Op& label_counts_op() noexcept;
const Op& counted_weight_op() noexcept;

}  // namespace capstan
