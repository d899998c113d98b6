// Adagrad: descent whose gradients are divided element by element by the root of the sum of all their squares, so that what
// rarely has a gradient moves far when it has one. It does what torch.optim.Adagrad (1.13) does.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of Adagrad.
struct AdagradOptions {
  LearningRate learning_rate;        ///< α; without it the program does not compile
  double learning_rate_decay = 0.0;  ///< η, divides the rate of step t by 1 + (t − 1)·η
  double weight_decay = 0.0;         ///< λ, adds λ·p to the gradient
  double initial = 0.0;              ///< what the sum of squares begins with
  double epsilon = 1e-10;            ///< ε, added to the root
  std::vector<Group> groups = {};    ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p, in step t: s := s + d², p := p − α/(1 + (t − 1)·η) · d / (√s + ε). The state is "sum" (s). Where a gradient
/// is row-sparse this holds of its rows, and t counts the steps of the whole parameter.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, and groups as
///           Optimizer says.
/// Source    Duchi, Hazan, Singer, JMLR 12 (2011).
class Adagrad final : public OptimizerOf<Adagrad> {
 public:
  Adagrad(ParameterList parameters, const AdagradOptions& options,
          std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  AdagradOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  AdagradOptions options_;
};

}  // namespace capstan::optim
