#include <capstan/train/fit.hpp>

#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <capstan/data/batches.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/train/accuracy.hpp>

#include "checkpoints.hpp"
#include "fit_checks.hpp"
#include "progress_display.hpp"
#include "settings.hpp"
#include "signals.hpp"

namespace capstan::train::detail {

namespace {

constexpr std::int64_t validation_batch = 1024;

/// The state of one call of fit, after its checks.
class Loop {
 public:
  Loop(const Trainee& trainee, const data::Dataset& train, const FitOptions& options, const std::source_location& where)
      : trainee_{trainee},
        options_{options},
        where_{where},
        descent_{make_descent(trainee, options, where)},
        batches_{train, {.batch_size = options.batch_size, .shuffle = options.shuffle, .seed = options.seed}, where},
        training_{trainee.parameters,
                  descent_ ? *descent_ : *options.optimizer,
                  history_,
                  options.epochs,
                  batches_.size(),
                  where,
                  settings_of(trainee, train, options, descent_ ? *descent_ : *options.optimizer)},
        display_{options.progress} {
    const data::Dataset* const validation = options.validation;
    has_accuracy_ =
        validation != nullptr && options.accuracy && trainee.outputs && says_classes(validation->y, trainee.decision);
  }

  History run(const data::Dataset& train) {
    prepare_checkpoints(train);
    tell([&](Observer& observer) { observer.on_start(training_); });
    resume();
    try {
      while (position_.epoch <= options_.epochs && !training_.stopped() && !interrupted()) run_epoch();
    } catch (const DivergenceError&) {
      tell([&](Observer& observer) { observer.on_end(training_, Ending::diverged); });
      throw;
    }
    Ending ending = interrupted() ? Ending::interrupted : Ending::complete;
    if (training_.stopped()) ending = Ending::stopped;
    history_.stopped = ending != Ending::complete;
    tell([&](Observer& observer) { observer.on_end(training_, ending); });
    return std::move(history_);
  }

 private:
  /// The optimizer for a call without one: gradient descent.
  static std::optional<optim::Sgd> make_descent(const Trainee& trainee, const FitOptions& options,
                                                const std::source_location& where) {
    if (options.optimizer != nullptr) return std::nullopt;
    return optim::Sgd{
        capstan::detail::without_names(trainee.parameters), {.learning_rate = *options.learning_rate}, where};
  }

  template <class Event>
  void tell(const Event& event) {
    event(display_);
    for (Observer* const observer : options_.observers) event(*observer);
  }

  void prepare_checkpoints(const data::Dataset& train) {
    const CheckpointOptions& chosen = options_.checkpoint;
    if (chosen.stop_on_signal) signals_.emplace();
    if (chosen.folder.empty()) return;
    Checkpoints::Identity identity = identity_of(options_, training_.optimizer(), batches_.size());
    describe_data(train, identity);
    checkpoints_.emplace(chosen, io::CheckpointState{trainee_.parameters, &training_.optimizer(), chosen.generators},
                         std::move(identity), batches_.size(), where_);
  }

  void resume() {
    if (!checkpoints_ || !options_.checkpoint.resume) return;
    std::optional<Run> run = checkpoints_->resume(options_.observers);
    if (!run) return;
    training_.set_resumed();
    position_ = run->position;
    history_ = std::move(run->history);
    least_ = run->least;
    if (run->stopped) training_.stop();
  }

  bool interrupted() const noexcept { return signals_ && signals_->arrived(); }

  void save() { checkpoints_->save({position_, history_, least_, training_.stopped()}, options_.observers); }

  /// An epoch that a signal interrupts is no epoch of the history: it goes on when it is resumed.
  void run_epoch() {
    const std::int64_t number = position_.epoch;
    const Epoch trained = train_epoch(number);
    if (interrupted() && position_.step < batches_.size() && !training_.stopped()) {
      if (checkpoints_) save();
      return;
    }
    history_.epochs.push_back(trained);
    Epoch& epoch = history_.epochs.back();
    validate(epoch);
    if (epoch.watched_cost() < least_) {
      least_ = epoch.watched_cost();
      history_.best_epoch = number;
    }
    tell([&](Observer& observer) { observer.on_epoch(training_, epoch); });
    position_ = {.epoch = number + 1};
    const bool last = number == options_.epochs || training_.stopped() || interrupted();
    if (checkpoints_ && (last || number % options_.checkpoint.every == 0)) save();
  }

  Epoch train_epoch(std::int64_t number) {
    const auto start = std::chrono::steady_clock::now();
    const double before = position_.seconds;
    const auto seconds = [&] {
      return before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    tell([&](Observer& observer) { observer.on_epoch_start(training_, number); });
    Step step{.epoch = number};
    for (const data::Batch& batch : batches_.epoch(static_cast<std::uint64_t>(number - 1))) {
      if (++step.step <= position_.step) continue;  // done in an earlier run
      step.cost = take_step(batch, step);
      position_.step = step.step;
      position_.sum += step.cost * static_cast<double>(batch.examples());
      position_.seen += batch.examples();
      step.mean_cost = position_.sum / static_cast<double>(position_.seen);
      tell([&](Observer& observer) { observer.on_step(training_, step); });
      if (training_.stopped() || interrupted()) break;
      if (!is_due(step.step)) continue;
      position_.seconds = seconds();
      save();
    }
    position_.seconds = seconds();
    check_parameters(step);
    return {.epoch = number, .cost = position_.sum / static_cast<double>(position_.seen), .seconds = position_.seconds};
  }

  /// Whether a checkpoint is to be written within the epoch.
  bool is_due(std::int64_t step) const noexcept {
    const std::int64_t every = options_.checkpoint.every_steps;
    return checkpoints_ && every > 0 && step % every == 0 && step < batches_.size();
  }

  double take_step(const data::Batch& batch, const Step& step) {
    tape_.rewind();
    const Var cost = trainee_.cost(tape_.constant(batch.x, where_), batch.y);
    const Gradients gradients = tape_.backward(cost, where_);
    const double value = cost.item(where_);
    if (!std::isfinite(value)) diverge("the cost is not finite", step.epoch, step.step, value);
    training_.optimizer().step(gradients, where_);
    return value;
  }

  [[noreturn]] void diverge(std::string_view what, std::int64_t epoch, std::int64_t step, double cost) {
    throw DivergenceError{
        fmt::format("fit: {} in epoch {}, step {} of {}, got cost {}\n  learning_rate: {}\n  at {}", what, epoch, step,
                    batches_.size(), printable(cost), training_.optimizer().learning_rate(), place(where_)),
        epoch, step, cost};
  }

  /// Checks the parameters at the end of an epoch: a finite cost does not promise finite gradients. Once per epoch, this
  /// costs nothing in comparison with the steps.
  void check_parameters(const Step& last) {
    for (const auto& [name, parameter] : trainee_.parameters) {
      if (is_finite(parameter.value())) continue;
      diverge(fmt::format("parameter \"{}\" {} is not finite", name, to_string(parameter.shape())), last.epoch,
              last.step, last.mean_cost);
    }
  }

  void validate(Epoch& epoch) {
    if (options_.validation == nullptr) return;
    double sum = 0.0;
    std::int64_t seen = 0;
    for (const data::Batch& batch : data::batches(*options_.validation, {.batch_size = validation_batch}, where_)) {
      inference_.rewind();
      const Var cost = trainee_.cost(inference_.constant(batch.x, where_), batch.y);
      sum += cost.item(where_) * static_cast<double>(batch.examples());
      seen += batch.examples();
    }
    epoch.validation_cost = sum / static_cast<double>(seen);
    if (!std::isfinite(*epoch.validation_cost)) {
      diverge("the validation cost is not finite", epoch.epoch, batches_.size(), *epoch.validation_cost);
    }
    if (has_accuracy_)
      epoch.accuracy = accuracy(trainee_.outputs, *options_.validation, {.decision = trainee_.decision}, where_);
  }

  const Trainee& trainee_;
  const FitOptions& options_;
  const std::source_location where_;
  std::optional<optim::Sgd> descent_;
  data::Batches batches_;
  Tape tape_;
  Tape inference_{{.inference = true}};
  History history_;
  double least_ = std::numeric_limits<double>::infinity();  // of the watched costs
  Training training_;
  ProgressDisplay display_;
  std::optional<Checkpoints> checkpoints_;
  std::optional<StopSignals> signals_;
  Position position_;
  bool has_accuracy_ = false;
};

}  // namespace

History fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
            const std::source_location& where) {
  check_fit(trainee, train, options, where);
  return Loop{trainee, train, options, where}.run(train);
}

}  // namespace capstan::train::detail
