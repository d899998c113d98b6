// EarlyStopping: ends a training that no longer improves, and gives the parameters the values of the best epoch.
//
//   train::EarlyStopping stopping{{.patience = 10}};
//   train::fit(net, set, {.epochs = 200, .learning_rate = 0.1, .validation = &held_out, .observers = {&stopping}});
#pragma once

#include <cstdint>
#include <limits>
#include <source_location>
#include <vector>

#include <capstan/tensor/tensor.hpp>
#include <capstan/train/observer.hpp>

namespace capstan::train {

/// When to stop, and what to restore.
struct EarlyStoppingOptions {
  std::int64_t patience = 0;  ///< must be given
  double min_delta = 0.0;
  bool restore_best = true;  ///< at the end, or on a DivergenceError, give the parameters the values of the best epoch
};

/// Stops when the watched cost – of validation, or of training where there is no validation set – has not fallen by
/// more than min_delta below its least for `patience` epochs in a row. Falls that add up count: the cost is compared
/// with what it was when it last improved.
class EarlyStopping final : public Observer {
 public:
  /// Throws    ValueError for a patience below 1, and for a min_delta that is negative or not finite.
  explicit EarlyStopping(const EarlyStoppingOptions& options,
                         std::source_location where = std::source_location::current());

  /// The options that it was made of.
  const EarlyStoppingOptions& options() const noexcept { return options_; }

  // Called by fit.
  void on_start(Training& training) override;
  void on_epoch(Training& training, const Epoch& epoch) override;
  void on_end(Training& training, Ending ending) override;

  // For checkpoints.
  std::string_view name() const override { return "EarlyStopping"; }
  io::NamedTensors state() const override;
  /// Throws    ValueError for what `state` does not give for the parameters that on_start was told; nothing is changed.
  void set_state(const io::NamedTensors& state) override;

 private:
  void remember(const Training& training);

  EarlyStoppingOptions options_;
  double least_ = std::numeric_limits<double>::infinity();        // of the watched costs
  double improved_to_ = std::numeric_limits<double>::infinity();  // the cost when it last improved
  std::int64_t waited_ = 0;                                       // epochs since then
  std::vector<NamedParameter> parameters_;                        // between on_start and on_end
  std::vector<Tensor> best_;  // values after the best epoch, in the order of the parameters; empty before it
};

}  // namespace capstan::train
