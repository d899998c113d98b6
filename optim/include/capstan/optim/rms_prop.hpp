// RmsProp: descent whose gradients are divided element by element by the root of a running mean of their squares. It does
// what torch.optim.RMSprop (1.13) does.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of RmsProp.
struct RmsPropOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile
  double decay = 0.99;             ///< ρ, how much of the mean stays from step to step; torch's alpha
  double epsilon = 1e-8;           ///< ε, added to the root
  double weight_decay = 0.0;       ///< λ, adds λ·p to the gradient
  double momentum = 0.0;           ///< μ, the momentum factor
  bool centered = false;           ///< divide by the standard deviation instead of the root of the mean square
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p: v := ρ·v + (1 − ρ)·d², u = d / (√v + ε), p := p − α·u. Centered: m := ρ·m + (1 − ρ)·d as well, and v − m²
/// takes the place of v under the root, 0 where rounding makes it negative (torch gives NaN there). With μ > 0:
/// b := μ·b + u, p := p − α·b. The state is "square" (v), "mean" (m) and "momentum" (b). Where a gradient is row-sparse this
/// holds of its rows.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, a decay that is
///           not in [0, 1), and groups as Optimizer says.
/// Source    Tieleman, Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012); centered: Graves,
///           arXiv:1308.0850 (2013).
class RmsProp final : public OptimizerOf<RmsProp> {
 public:
  RmsProp(ParameterList parameters, const RmsPropOptions& options,
          std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  RmsPropOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  RmsPropOptions options_;
};

}  // namespace capstan::optim
