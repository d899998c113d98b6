// History: costs, accuracies and times of a training, epoch by epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace capstan::train {

/// The costs of an epoch, and its accuracy and time.
struct Epoch {
  std::int64_t epoch = 0;                      ///< from 1
  double cost = 0.0;                           ///< mean over the examples, each as it was when its batch came
  std::optional<double> validation_cost = {};  ///< after the epoch
  std::optional<double> accuracy = {};         ///< on the validation set, after the epoch; see FitOptions::accuracy
  double seconds = 0.0;                        ///< training alone, without validation

  /// The cost that says which epoch is best: of validation, or of training where there is no validation set.
  double watched_cost() const noexcept { return validation_cost.value_or(cost); }
};

struct History {
  std::vector<Epoch> epochs = {};
  std::int64_t best_epoch = 0;  ///< the one of the least watched cost, from 1; 0 if there is none
  bool stopped = false;         ///< whether an observer or a signal ended the training
};

}  // namespace capstan::train
