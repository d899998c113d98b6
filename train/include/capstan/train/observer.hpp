// Observer: an object that follows a training from inside fit, such as EarlyStopping. It sees every step and every epoch,
// may end the training, change the learning rate, and write parameters. Derive from Observer and override what you need:
//
//   struct Halving final : train::Observer {
//     void on_epoch(train::Training& training, const train::Epoch& epoch) override {
//       optim::Optimizer& optimizer = training.optimizer();
//       if (epoch.epoch % 10 == 0) optimizer.set_learning_rate(optimizer.learning_rate() / 2);
//     }
//   };
//   Halving halving;
//   train::fit(net, set, {.epochs = 100, .learning_rate = 0.1, .observers = {&halving}});
//
// Callbacks is an observer that is made of functions.
#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <capstan/io/tensors.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/train/history.hpp>

namespace capstan::train {

/// The cost after a step, and where the step is in the training.
struct Step {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< within the epoch, from 1
  double cost = 0.0;       ///< of this batch, before the step
  double mean_cost = 0.0;  ///< mean over the examples of this epoch so far
};

/// Why a training ends.
enum class Ending : std::uint8_t {
  complete,     ///< it has had all its epochs
  stopped,      ///< an observer called stop
  diverged,     ///< fit is about to throw DivergenceError
  interrupted,  ///< a signal asked for it (CheckpointOptions::stop_on_signal)
};

/// The training as its observers see it. `fit` makes it, and it lives as long as the call.
class Training {
 public:
  /// Options of a training as text, such as {"batch_size", "32"}.
  using Settings = std::vector<std::pair<std::string, std::string>>;

  /// Everything but the parameters and buffers must live as long as the object.
  Training(std::vector<NamedState> state, optim::Optimizer& optimizer, const History& history, std::int64_t epochs,
           std::int64_t steps, std::source_location where, Settings settings = {})
      : state_{std::move(state)},
        parameters_{capstan::detail::parameters_of(state_)},
        optimizer_{&optimizer},
        history_{&history},
        epochs_{epochs},
        steps_{steps},
        where_{where},
        settings_{std::move(settings)} {}

  optim::Optimizer& optimizer() const noexcept { return *optimizer_; }
  /// Returns the model's parameters: handles, so that what is assigned to them is in the model.
  const std::vector<NamedParameter>& parameters() const noexcept { return parameters_; }
  /// Returns its parameters and buffers, likewise.
  const std::vector<NamedState>& state() const noexcept { return state_; }
  /// Returns what is known so far; in `on_epoch` the epoch is in it already.
  const History& history() const noexcept { return *history_; }
  std::int64_t epochs() const noexcept { return epochs_; }  ///< that were asked for
  std::int64_t steps() const noexcept { return steps_; }    ///< in each epoch
  /// Returns what the training was asked for, for logs: batch size, seed, optimizer, the model's parameters, the data.
  const Settings& settings() const noexcept { return settings_; }
  /// Returns the line where `fit` was called, for errors.
  const std::source_location& where() const noexcept { return where_; }

  /// Whether the training goes on from a checkpoint; known once on_start was called.
  bool resumed() const noexcept { return resumed_; }
  /// Returns how many steps of the epoch at hand were done in an earlier run, where it goes on within one.
  std::int64_t steps_done() const noexcept { return steps_done_; }
  void set_resumed(std::int64_t steps_done) noexcept {
    resumed_ = true;
    steps_done_ = steps_done;
  }

  /// Ends the training after this step or epoch. An epoch that is cut short is validated and told like any other.
  void stop() noexcept { stopped_ = true; }
  bool stopped() const noexcept { return stopped_; }

 private:
  std::vector<NamedState> state_;
  std::vector<NamedParameter> parameters_;  // of them
  optim::Optimizer* optimizer_;
  const History* history_;
  std::int64_t epochs_, steps_;
  std::source_location where_;
  Settings settings_;
  std::int64_t steps_done_ = 0;
  bool stopped_ = false, resumed_ = false;
};

/// Follows a training. What is not overridden does nothing. What an observer throws ends the training and leaves `fit`;
/// no function of an observer is called afterwards.
class Observer {
 public:
  virtual ~Observer() = default;

  /// Called before the first epoch. An observer that is used again starts anew here.
  virtual void on_start(Training&) {}
  /// Called after on_start and set_state, where the training goes on from a checkpoint: everything is as it was then.
  virtual void on_resume(Training&) {}
  /// Called before the first step of an epoch; the number counts from 1. Where a training goes on within an epoch, an
  /// earlier run has called it.
  virtual void on_epoch_start(Training&, std::int64_t /*epoch*/) {}
  /// Called after each step. What is done here counts towards the time of the step.
  virtual void on_step(Training&, const Step&) {}
  /// Called after each epoch and its validation.
  virtual void on_epoch(Training&, const Epoch&) {}
  /// Called once at the end, also where the training diverged.
  virtual void on_end(Training&, Ending) {}

  /// What the observer must know again when a training goes on from a checkpoint, and under which name; the name is
  /// empty where that is nothing. A training goes on with observers of the same names. Called after on_step or on_epoch
  /// of the step or epoch at hand.
  virtual std::string_view name() const { return {}; }
  virtual io::NamedTensors state() const { return {}; }
  /// Called after on_start with what `state` gave, where the training goes on from a checkpoint that has it. A file may
  /// say anything: what `state` cannot have given must be refused by an Error, before model and optimizer are written.
  virtual void set_state(const io::NamedTensors&) {}

 protected:
  Observer() = default;
  Observer(const Observer&) = default;
  Observer& operator=(const Observer&) = default;
};

/// The functions of a Callbacks.
struct CallbackOptions {
  std::function<void(Training&, const Step&)> on_step = {};
  std::function<void(Training&, const Epoch&)> on_epoch = {};
};

/// An observer made of functions; those that are empty are not called.
///
///   train::Callbacks costs{{.on_epoch = [](train::Training&, const train::Epoch& e) { fmt::print("{}\n", e.cost); }}};
class Callbacks final : public Observer {
 public:
  /// The functions are kept as long as the object.
  explicit Callbacks(CallbackOptions options) : options_{std::move(options)} {}

  // Called by fit.
  void on_step(Training& training, const Step& step) override {
    if (options_.on_step) options_.on_step(training, step);
  }
  void on_epoch(Training& training, const Epoch& epoch) override {
    if (options_.on_epoch) options_.on_epoch(training, epoch);
  }

 private:
  CallbackOptions options_;
};

}  // namespace capstan::train
