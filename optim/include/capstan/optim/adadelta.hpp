// Adadelta: descent whose steps have the size of the steps before, so that no learning rate has to be found. It does what
// torch.optim.Adadelta (1.13) does.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of Adadelta.
struct AdadeltaOptions {
  LearningRate learning_rate = 1.0;  ///< α; the method itself has none, which is 1
  double decay = 0.9;                ///< ρ, how much of the means stays from step to step
  double epsilon = 1e-6;             ///< ε, added under the roots
  double weight_decay = 0.0;         ///< λ, adds λ·p to the gradient
  std::vector<Group> groups = {};    ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p: v := ρ·v + (1 − ρ)·d², u = √(w + ε) / √(v + ε) · d, w := ρ·w + (1 − ρ)·u², p := p − α·u. The state is
/// "square" (v) and "step" (w). Where a gradient is row-sparse this holds of its rows.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, a decay that is
///           not in [0, 1), and groups as Optimizer says.
/// Source    Zeiler, arXiv:1212.5701 (2012).
class Adadelta final : public OptimizerOf<Adadelta> {
 public:
  explicit Adadelta(ParameterList parameters, const AdadeltaOptions& options = {},
                    std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  AdadeltaOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  AdadeltaOptions options_;
};

}  // namespace capstan::optim
