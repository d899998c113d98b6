// Plateau: lowers the learning rate when what is measured – a validation cost, say – no longer falls. It does what
// torch.optim.lr_scheduler.ReduceLROnPlateau (1.13) does.
//
//   optim::Plateau plateau{{.learning_rate = 0.1, .patience = 5}};
//   descent.set_learning_rate(plateau.update(cost_of_validation));  // once an epoch
#pragma once

#include <cstdint>
#include <limits>
#include <source_location>

#include <capstan/optim/group.hpp>

namespace capstan::optim {

/// Options of Plateau.
struct PlateauOptions {
  LearningRate learning_rate;  ///< at first
  double factor = 0.1;         ///< that the rate is multiplied by
  std::int64_t patience = 10;  ///< how many measurements in a row may be no better
  double threshold = 1e-4;     ///< what is better is lower by more than this part of the best
  std::int64_t cooldown = 0;   ///< measurements after a reduction that do not count
  double lowest = 0.0;         ///< the rate does not fall below it
};

class Plateau {
 public:
  /// What has been measured so far, for checkpoints.
  struct State {
    double learning_rate = 0.0;
    double best = std::numeric_limits<double>::infinity();
    std::int64_t waited = 0;  ///< measurements that were no better, in a row
    std::int64_t cooling = 0;
  };

  /// ValueError, naming the option and its value, for options out of range or that contradict each other.
  explicit Plateau(const PlateauOptions& options, std::source_location where = std::source_location::current());

  /// Takes a measurement, of which lower is better and NaN is worst, and returns the rate from now on.
  double update(double measured);

  double learning_rate() const noexcept { return state_.learning_rate; }
  const PlateauOptions& options() const noexcept { return options_; }
  const State& state() const noexcept { return state_; }
  /// ValueError for a rate that is negative or not finite, and counts below 0.
  void set_state(const State& state, std::source_location where = std::source_location::current());

 private:
  PlateauOptions options_;
  State state_;
};

}  // namespace capstan::optim
