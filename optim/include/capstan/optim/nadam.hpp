// NAdam: Adam with Nesterov's momentum, whose factor rises from step to step. It does what torch.optim.NAdam (1.13) does.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of NAdam.
struct NAdamOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile
  double beta1 = 0.9;              ///< β₁, how much of the mean of the gradients stays from step to step
  double beta2 = 0.999;            ///< β₂, how much of the mean of their squares stays
  double epsilon = 1e-8;           ///< ε, added to the root
  double weight_decay = 0.0;       ///< λ, adds λ·p to the gradient
  double momentum_decay = 4e-3;    ///< ψ, how quickly the momentum factor rises to β₁
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p, μₜ = β₁·(1 − 0.96^(t·ψ)/2) and Πₜ = μ₁·…·μₜ, in step t: m := β₁·m + (1 − β₁)·d,
/// v := β₂·v + (1 − β₂)·d², p := p − α · (μₜ₊₁·m/(1 − Πₜ₊₁) + (1 − μₜ)·d/(1 − Πₜ)) / (√(v/(1 − β₂ᵗ)) + ε). The state is "mean" (m),
/// "square" (v) and the number "momentum_product" (Πₜ). Where a gradient is row-sparse this holds of its rows, and t counts
/// the steps of the whole parameter.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, a β that is not
///           in [0, 1), and groups as Optimizer says.
/// Source    Dozat, ICLR workshop (2016).
class NAdam final : public OptimizerOf<NAdam> {
 public:
  NAdam(ParameterList parameters, const NAdamOptions& options,
        std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  NAdamOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  void updated(std::size_t parameter, std::span<double> numbers) override;

  NAdamOptions options_;
};

}  // namespace capstan::optim
