// Sgd: gradient descent, p := p − α·dp, with momentum, Nesterov's form of it and weight decay if wanted. It does what
// torch.optim.SGD (1.13) does.
//
//   optim::Sgd descent{parameters(net), {.learning_rate = 0.1, .momentum = 0.9}};
//   descent.step(tape.backward(cost));
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of Sgd.
struct SgdOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile
  double momentum = 0.0;           ///< μ, the momentum factor
  double dampening = 0.0;          ///< as in torch.optim.SGD: a new gradient counts 1 − dampening
  bool nesterov = false;           ///< needs momentum > 0 and dampening 0
  double weight_decay = 0.0;       ///< λ, adds λ·p to the gradient
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p, and for μ > 0 the memory v (v = d in the first step, v = μ·v + (1 − dampening)·d afterwards):
/// p := p − α·d for μ = 0, p := p − α·v for μ > 0, p := p − α·(d + μ·v) for Nesterov's form. Where a gradient is
/// row-sparse this holds of its rows; the others, their v included, stay as they are – neither momentum nor decay moves
/// them – and the first step is that of the whole parameter.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, groups as
///           Optimizer says, and Nesterov's form without momentum or with dampening.
/// Source    Polyak, USSR Comput. Math. 4 (1964); Sutskever et al., ICML (2013).
class Sgd final : public OptimizerOf<Sgd> {
 public:
  Sgd(ParameterList parameters, const SgdOptions& options,
      std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  SgdOptions options() const;

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  SgdOptions options_;
};

}  // namespace capstan::optim
