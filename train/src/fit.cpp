#include <capstan/train/fit.hpp>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <capstan/data/batches.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/engine.hpp>

#include "checkpoints.hpp"
#include "divergence.hpp"
#include "fit_checks.hpp"
#include "progress_display.hpp"
#include "settings.hpp"
#include "signals.hpp"
#include "validation.hpp"

namespace capstan::train::detail {

namespace {

/// The stream of the model's random numbers. The orders of the examples have the numbers of the epochs for streams.
constexpr std::uint64_t random_stream = 0x8000'0000'0000'0000;

/// Its name in checkpoints.
constexpr std::string_view generator_name = "capstan.fit";

/// The optimizer for a call without one: gradient descent.
std::optional<optim::Sgd> make_descent(const Trainee& trainee, const FitOptions& options,
                                       const std::source_location& where) {
  if (options.optimizer != nullptr) return std::nullopt;
  const double rate = options.schedule ? (*options.schedule)(0, where) : *options.learning_rate;
  return optim::Sgd{capstan::detail::without_names(trainee.parameters), {.learning_rate = rate}, where};
}

/// Says why nothing is trained.
void warn_of_stop(const CheckpointOptions& options, const Run& run, const std::source_location& where) {
  if (!options.warn) return;
  options.warn(
      fmt::format("fit: an observer stopped this training after epoch {}, and it is not gone on with; set "
                  "checkpoint.resume_stopped to train on\n  at {}",
                  run.history.epochs.size(), place(where)));
}

/// The state of one call of fit, after its checks.
class Loop {
 public:
  Loop(const Trainee& trainee, const data::Dataset& train, const FitOptions& options, const std::source_location& where)
      : trainee_{trainee},
        options_{options},
        where_{where},
        descent_{make_descent(trainee, options, where)},
        batches_{train, {.batch_size = options.batch_size, .shuffle = options.shuffle, .seed = options.seed}, where},
        rng_{options.seed, random_stream},
        training_{trainee.state,
                  descent_ ? *descent_ : *options.optimizer,
                  run_.history,
                  options.epochs,
                  batches_.size(),
                  where,
                  settings_of(trainee, train, options, descent_ ? *descent_ : *options.optimizer)},
        validation_{trainee, options},
        display_{options.progress} {}

  History run(const data::Dataset& train) {
    prepare_checkpoints(train);
    tell([&](Observer& observer) { observer.on_start(training_); });
    resume();
    try {
      while (run_.position.epoch <= options_.epochs && !training_.stopped() && !interrupted()) run_epoch();
    } catch (const DivergenceError&) {
      tell([&](Observer& observer) { observer.on_end(training_, Ending::diverged); });
      throw;
    }
    if (interrupted() && !saved_) save();  // the signal came after the place where an epoch looks for it
    Ending ending = interrupted() ? Ending::interrupted : Ending::complete;
    if (training_.stopped()) ending = Ending::stopped;
    run_.history.stopped = ending != Ending::complete;
    tell([&](Observer& observer) { observer.on_end(training_, ending); });
    return std::move(run_.history);
  }

 private:
  template <class Event>
  void tell(const Event& event) {
    event(display_);
    for (Observer* const observer : options_.observers) event(*observer);
  }

  void prepare_checkpoints(const data::Dataset& train) {
    const CheckpointOptions& chosen = options_.checkpoint;
    if (chosen.stop_on_signal) signals_.emplace();
    if (chosen.folder.empty()) return;
    io::CheckpointState state{trainee_.state, &training_.optimizer(), chosen.generators};
    if (trainee_.takes_pass) state.generators.emplace(std::string{generator_name}, &rng_);
    checkpoints_.emplace(chosen, std::move(state),
                         identity_of(trainee_, train, options_, training_.optimizer(), batches_.size()),
                         EpochSize{batches_.size(), options_.batch_size}, where_);
  }

  void resume() {
    if (!checkpoints_ || !options_.checkpoint.resume) return;
    std::optional<Run> run = checkpoints_->resume(options_.observers);
    if (!run) return;
    run_ = *std::move(run);
    training_.set_resumed(run_.position.step);
    if (run_.stopped && !options_.checkpoint.resume_stopped) {
      training_.stop();
      warn_of_stop(options_.checkpoint, run_, where_);
    }
    tell([&](Observer& observer) { observer.on_resume(training_); });
  }

  bool interrupted() const noexcept { return signals_ && signals_->arrived(); }

  void save() {
    run_.stopped = training_.stopped();
    checkpoints_->save(run_, options_.observers);
    saved_ = true;
  }

  /// An epoch that a signal interrupts is no epoch of the history: it goes on when it is resumed.
  void run_epoch() {
    const std::int64_t number = run_.position.epoch;
    const Epoch trained = train_epoch(number);
    if (interrupted() && run_.position.step < batches_.size() && !training_.stopped()) {
      if (checkpoints_) save();
      return;
    }
    run_.history.epochs.push_back(trained);
    Epoch& epoch = run_.history.epochs.back();
    validation_.complete(epoch, training_);
    if (epoch.watched_cost() < run_.least) {
      run_.least = epoch.watched_cost();
      run_.history.best_epoch = number;
    }
    tell([&](Observer& observer) { observer.on_epoch(training_, epoch); });
    run_.position = {.epoch = number + 1};
    saved_ = !checkpoints_;
    const bool last = number == options_.epochs || training_.stopped() || interrupted();
    if (checkpoints_ && (last || number % options_.checkpoint.every == 0)) save();
  }

  Epoch train_epoch(std::int64_t number) {
    const auto start = std::chrono::steady_clock::now();
    Position& position = run_.position;
    const double before = position.seconds;
    const auto seconds = [&] {
      return before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    display_.on_epoch_start(training_, number);
    if (position.step == 0) {  // else the epoch started in an earlier run
      for (Observer* const observer : options_.observers) observer->on_epoch_start(training_, number);
    }
    Step step{.epoch = number};
    for (const data::Batch& batch : batches_.epoch(static_cast<std::uint64_t>(number - 1))) {
      if (++step.step <= position.step) continue;  // done in an earlier run
      step.cost = take_step(batch, step);
      position.step = step.step;
      position.costs.add(step.cost, batch.examples());
      step.mean_cost = position.costs.mean();
      tell([&](Observer& observer) { observer.on_step(training_, step); });
      if (training_.stopped() || interrupted()) break;
      if (!is_due(step.step)) continue;
      position.seconds = seconds();
      save();
    }
    position.seconds = seconds();
    check_parameters(training_, step);
    return {.epoch = number, .cost = position.costs.mean(), .seconds = position.seconds};
  }

  /// Whether a checkpoint is to be written within the epoch.
  bool is_due(std::int64_t step) const noexcept {
    const std::int64_t every = options_.checkpoint.every_steps;
    return checkpoints_ && every > 0 && step % every == 0 && step < batches_.size();
  }

  double take_step(const data::Batch& batch, const Step& step) {
    tape_.rewind();
    const Var cost = trainee_.cost(tape_.constant(batch.x, where_), batch.y, {.training = true, .rng = &rng_});
    const Gradients gradients = tape_.backward(cost, where_);
    const double value = cost.item(where_);
    if (!std::isfinite(value)) throw_divergence(training_, "the cost is not finite", step, value);
    if (options_.schedule) {
      const std::int64_t number = (step.epoch - 1) * batches_.size() + step.step - 1;
      training_.optimizer().set_learning_rate((*options_.schedule)(number, where_), where_);
    }
    training_.optimizer().step(gradients, where_);
    return value;
  }

  const Trainee& trainee_;
  const FitOptions& options_;
  const std::source_location where_;
  std::optional<optim::Sgd> descent_;
  data::Batches batches_;
  Rng rng_;  // of the model, where it takes a Pass
  Tape tape_;
  Run run_{.position = {}, .history = {}, .least = std::numeric_limits<double>::infinity()};
  Training training_;
  Validation validation_;
  ProgressDisplay display_;
  std::optional<Checkpoints> checkpoints_;
  std::optional<StopSignals> signals_;
  bool saved_ = true;  // whether a checkpoint holds all epochs that were trained, or none is wanted
};

}  // namespace

History fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
            const std::source_location& where) {
  check_fit(trainee, train, options, where);
  return Loop{trainee, train, options, where}.run(train);
}

}  // namespace capstan::train::detail
