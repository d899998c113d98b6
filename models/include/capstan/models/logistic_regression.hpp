// LogisticRegression: ŷ = σ(wᵀX + b), the probability that y = 1, for examples in the columns of X.
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/init.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::models {

/// The number of inputs, and how the weights start.
struct LogisticRegressionOptions {
  std::int64_t inputs = 0;  ///< n_x; must be given
  init::Initializer init = init::zeros();
  std::uint64_t seed = 0;  ///< of the random numbers, where the initializer takes any
  DType dtype = DType::f32;
};

struct LogisticRegression {
  Parameter w;  ///< (n_x, 1)
  Parameter b;  ///< (1, 1), starts at 0

  /// Throws    ValueError for fewer than one input, and for no initializer; ShapeError, DTypeError if the initializer
  ///           gives another shape or dtype; DTypeError for i32.
  explicit LogisticRegression(const LogisticRegressionOptions& options,
                              std::source_location where = std::source_location::current());

  /// Z = wᵀX + b, of shape (1, m), for x (n_x, m).
  ///
  /// Throws    ShapeError for an x of another rank than 2, so that one example is (n_x, 1), or with other rows, and for
  ///           a w or b that was replaced by one of another shape; DTypeError as matmul; ValueError where x is not on a
  ///           tape.
  Var logits(const Operand& x) const;
  /// A = σ(Z), of shape (1, m). Takes and throws as logits.
  Var operator()(const Operand& x) const;
  /// J, the mean loss over the examples: binary cross-entropy of A and y (1, m), recorded in its form on logits. Takes x
  /// as logits; throws as it does, and what the loss throws for a y of another shape or dtype.
  Var cost(const Operand& x, const Operand& y) const;
  /// 1 where A > 0.5 and 0 elsewhere, of shape (1, m); NaN where A is NaN. Needs no tape. Takes and throws as logits.
  Tensor predict(const Tensor& x, std::source_location where = std::source_location::current()) const;
  /// How outputs become answers.
  Decision decision() const noexcept { return Decision::above_half; }

  /// Shows w and b.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("w", w);
    v("b", b);
  }
};

}  // namespace capstan::models
