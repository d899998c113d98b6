// Lion: every element moves by the learning rate, against the sign of a mean of the gradients. It remembers half as much as
// Adam.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of Lion.
struct LionOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile; 3 to 10 times smaller than Adam's
  double beta1 = 0.9;              ///< β₁, how much the mean counts beside the gradient in a step
  double beta2 = 0.99;             ///< β₂, how much of the mean stays from step to step
  double weight_decay = 0.0;       ///< λ, multiplies p by 1 − α·λ, beside the gradient
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// p := (1 − α·λ)·p − α·sign(β₁·m + (1 − β₁)·dp), and then m := β₂·m + (1 − β₂)·dp; the sign of 0 is 0, that of NaN is NaN. The
/// state is "mean" (m). Where a gradient is row-sparse this holds of its rows.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, a β that is not
///           in [0, 1), and groups as Optimizer says.
/// Source    Chen et al., NeurIPS (2023).
class Lion final : public OptimizerOf<Lion> {
 public:
  Lion(ParameterList parameters, const LionOptions& options,
       std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  LionOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  LionOptions options_;
};

}  // namespace capstan::optim
