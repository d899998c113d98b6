// Sgd: gradient descent, p := p − α·dp, with momentum, Nesterov's form of it and weight decay if wanted. It does what
// torch.optim.SGD (1.13) does.
//
//   optim::Sgd descent{parameters(net), {.learning_rate = 0.1, .momentum = 0.9}};
//   descent.step(tape.backward(cost));
#pragma once

#include <capstan/optim/optimizer.hpp>

namespace capstan::optim {

struct SgdOptions {
  LearningRate learning_rate;  ///< α; without it the program does not compile
  double momentum = 0.0;       ///< μ, part of the last direction that is kept
  double dampening = 0.0;      ///< part of a new gradient that is left out of it
  bool nesterov = false;       ///< needs momentum > 0 and dampening 0
  double weight_decay = 0.0;   ///< λ, adds λ·p to the gradient
};

/// With d = dp + λ·p, and for μ > 0 the memory v (v = d in the first step, v = μ·v + (1 − dampening)·d afterwards):
/// p := p − α·d for μ = 0, p := p − α·v for μ > 0, p := p − α·(d + μ·v) for Nesterov's form.
///
/// Throws    ValueError for an empty list, a parameter given twice, a number that is negative or not finite, and
///           Nesterov's form without momentum or with dampening.
/// Source    Polyak, USSR Comput. Math. 4 (1964); Sutskever et al., ICML (2013).
class Sgd final : public Optimizer {
 public:
  Sgd(std::vector<Parameter> parameters, const SgdOptions& options,
      std::source_location where = std::source_location::current());

  /// The options, with the learning rate as it is now.
  SgdOptions options() const noexcept;

  /// The memory v of each parameter that has been moved; nothing without momentum.
  std::vector<StateEntry> state() const override;
  void set_state(const std::vector<StateEntry>& entries,
                 std::source_location where = std::source_location::current()) override;

 private:
  struct Memory {
    Tensor v;
    bool started = false;  // whether v holds anything yet
  };
  void update(std::size_t index, std::int64_t first, std::span<float> p, std::span<const float> dp) override;
  void update(std::size_t index, std::int64_t first, std::span<double> p, std::span<const double> dp) override;
  template <class T>
  void update_as(std::size_t index, std::int64_t first, std::span<T> p, std::span<const T> dp);
  void updated(std::size_t index) override;
  std::string state_name(std::size_t index) const;
  std::size_t find_state(const StateEntry& entry, const std::source_location& where) const;

  SgdOptions options_;
  std::vector<Memory> memory_;  // one a parameter; empty without momentum
};

}  // namespace capstan::optim
