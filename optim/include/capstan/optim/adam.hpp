// Adam and AdamW: descent whose steps are the mean of the gradients, divided element by element by the root of the mean of
// their squares. They do what torch.optim.Adam and AdamW (1.13) do.
//
//   optim::Adam adam{parameters(net), {.learning_rate = 0.001}};
//   adam.step(tape.backward(cost));
#pragma once

#include <source_location>
#include <vector>

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

/// Options of Adam.
struct AdamOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile
  double beta1 = 0.9;              ///< β₁, how much of the mean of the gradients stays from step to step
  double beta2 = 0.999;            ///< β₂, how much of the mean of their squares stays
  double epsilon = 1e-8;           ///< ε, added to the root
  double weight_decay = 0.0;       ///< λ, adds λ·p to the gradient
  bool amsgrad = false;            ///< divide by the root of the largest mean so far
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// Options of AdamW.
struct AdamWOptions {
  LearningRate learning_rate;      ///< α; without it the program does not compile
  double beta1 = 0.9;              ///< β₁, how much of the mean of the gradients stays from step to step
  double beta2 = 0.999;            ///< β₂, how much of the mean of their squares stays
  double epsilon = 1e-8;           ///< ε, added to the root
  double weight_decay = 0.01;      ///< λ, multiplies p by 1 − α·λ, beside the gradient
  bool amsgrad = false;            ///< divide by the root of the largest mean so far
  std::vector<Group> groups = {};  ///< parameters with a learning rate or weight decay of their own
};

/// With d = dp + λ·p, in step t: m := β₁·m + (1 − β₁)·d, v := β₂·v + (1 − β₂)·d²,
/// p := p − α · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε). With amsgrad, the largest v so far takes the place of v in the last
/// line. The state is "mean" (m), "square" (v) and, with amsgrad, "largest". Where a gradient is row-sparse this holds of its
/// rows, and t counts the steps of the whole parameter.
///
/// Cost      one pass; reads p, dp, m and v once and writes all but dp.
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, a β that is not
///           in [0, 1), and groups as Optimizer says.
/// Source    Kingma, Ba, ICLR (2015); amsgrad: Reddi, Kale, Kumar, ICLR (2018).
class Adam final : public OptimizerOf<Adam> {
 public:
  Adam(ParameterList parameters, const AdamOptions& options,
       std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  AdamOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  AdamOptions options_;
};

/// Adam whose weight decay is beside the gradient: p := (1 − α·λ)·p comes first, and d = dp.
///
/// Cost      as Adam.
/// Throws    as Adam.
/// Source    Loshchilov, Hutter, ICLR (2019).
class AdamW final : public OptimizerOf<AdamW> {
 public:
  AdamW(ParameterList parameters, const AdamWOptions& options,
        std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now; groups keep theirs in proportion to it.
  AdamWOptions options() const { return current(options_); }

  /// Writes the new elements of a part; called by the base class.
  template <class T>
  void move(const Part<T>& part) const;

 private:
  AdamWOptions options_;
};

}  // namespace capstan::optim
