// ReduceOnPlateau: an observer that lowers the learning rate when the watched cost – of validation, or of training where there
// is no validation set – no longer falls.
//
//   train::ReduceOnPlateau reducing{{.learning_rate = 0.1, .patience = 5}};
//   train::fit(net, set, {.optimizer = &descent, .validation = &held_out, .observers = {&reducing}});
#pragma once

#include <source_location>

#include <capstan/optim/plateau.hpp>
#include <capstan/train/observer.hpp>

namespace capstan::train {

/// Sets the optimizer's learning rate: at the start to that of the options, and after each epoch to what optim::Plateau makes
/// of the watched cost.
class ReduceOnPlateau final : public Observer {
 public:
  /// Throws    what optim::Plateau throws.
  explicit ReduceOnPlateau(const optim::PlateauOptions& options,
                           std::source_location where = std::source_location::current())
      : plateau_{options, where} {}

  /// The rate as it is now.
  double learning_rate() const noexcept { return plateau_.learning_rate(); }

  // Called by fit.
  void on_start(Training& training) override;
  void on_epoch(Training& training, const Epoch& epoch) override;

  // For checkpoints.
  std::string_view name() const override { return "ReduceOnPlateau"; }
  io::NamedTensors state() const override;
  void set_state(const io::NamedTensors& state) override;

 private:
  optim::Plateau plateau_;
};

}  // namespace capstan::train
