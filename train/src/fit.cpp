#include <capstan/train/fit.hpp>

#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include <capstan/data/batches.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/train/accuracy.hpp>

#include "fit_checks.hpp"

namespace capstan::train::detail {

namespace {

constexpr std::int64_t validation_batch = 1024;

class Training {
 public:
  Training(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
           const std::source_location& where)
      : trainee_{trainee},
        options_{options},
        where_{where},
        batches_{train, {.batch_size = options.batch_size, .shuffle = options.shuffle, .seed = options.seed}, where},
        progress_{options.progress} {
    if (options.optimizer == nullptr) {
      descent_.emplace(capstan::detail::without_names(trainee.parameters),
                       optim::SgdOptions{.learning_rate = options.learning_rate.value()}, where);
    }
    const data::Dataset* const validation = options.validation;
    has_accuracy_ =
        validation != nullptr && options.accuracy && trainee.outputs && says_classes(validation->y, trainee.decision);
  }

  History run() {
    try {
      for (std::int64_t number = 1; number <= options_.epochs && !history_.stopped; ++number) run_epoch(number);
    } catch (const DivergenceError&) {
      restore();
      throw;
    }
    restore();
    return std::move(history_);
  }

 private:
  optim::Optimizer& optimizer() { return descent_ ? *descent_ : *options_.optimizer; }

  void run_epoch(std::int64_t number) {
    history_.epochs.push_back(train_epoch(number));
    Epoch& epoch = history_.epochs.back();
    validate(epoch);
    progress_.finish(line(epoch));
    watch(epoch);
    notify(epoch);
  }

  Epoch train_epoch(std::int64_t number) {
    const auto start = std::chrono::steady_clock::now();
    progress_.start(fmt::format("epoch {}/{}", number, options_.epochs), batches_.size());
    double sum = 0.0;
    std::int64_t seen = 0, step = 0;
    for (const data::Batch& batch : batches_.epoch(static_cast<std::uint64_t>(number - 1))) {
      const double cost = take_step(batch, number, ++step);
      sum += cost * static_cast<double>(batch.examples());
      seen += batch.examples();
      progress_.update(step, "cost", sum / static_cast<double>(seen));
      if (!notify(number, step, cost)) break;
    }
    check_parameters(number, step, sum / static_cast<double>(seen));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    return {.epoch = number, .cost = sum / static_cast<double>(seen), .seconds = time.count()};
  }

  double take_step(const data::Batch& batch, std::int64_t epoch, std::int64_t step) {
    tape_.rewind();
    const Var cost = trainee_.cost(tape_.constant(batch.x, where_), batch.y);
    const Gradients gradients = tape_.backward(cost, where_);
    const double value = cost.item(where_);
    if (!std::isfinite(value)) diverge("the cost is not finite", epoch, step, value);
    optimizer().step(gradients, where_);
    return value;
  }

  [[noreturn]] void diverge(std::string_view what, std::int64_t epoch, std::int64_t step, double cost) {
    throw DivergenceError{
        fmt::format("fit: {} in epoch {}, step {} of {}, got cost {}\n  learning_rate: {}\n  at {}", what, epoch, step,
                    batches_.size(), printable(cost), optimizer().learning_rate(), place(where_)),
        epoch, step, cost};
  }

  /// A finite cost does not promise finite gradients. Looking once an epoch costs nothing beside the steps.
  void check_parameters(std::int64_t epoch, std::int64_t step, double cost) {
    for (const auto& [name, parameter] : trainee_.parameters) {
      if (is_finite(parameter.value())) continue;
      diverge(fmt::format("parameter \"{}\" {} is not finite", name, to_string(parameter.shape())), epoch, step, cost);
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

  std::string line(const Epoch& epoch) const {
    const int width = static_cast<int>(std::to_string(options_.epochs).size());
    std::string text = fmt::format("epoch {:>{}}/{}  cost {:#.4g}", epoch.epoch, width, options_.epochs, epoch.cost);
    if (epoch.validation_cost) text += fmt::format("  validation cost {:#.4g}", *epoch.validation_cost);
    if (epoch.accuracy) text += fmt::format("  accuracy {:.4f}", *epoch.accuracy);
    return text + fmt::format("  {:.1f} s", epoch.seconds);
  }

  /// Keeps the best epoch, and counts those since the cost last improved.
  void watch(const Epoch& epoch) {
    const double cost = epoch.validation_cost.value_or(epoch.cost);
    const EarlyStopping& stopping = options_.early_stopping;
    if (cost < least_) {
      least_ = cost;
      history_.best_epoch = epoch.epoch;
      if (restores()) remember();
    }
    const bool improved = cost < improved_to_ - stopping.min_delta;
    if (improved) improved_to_ = cost;
    waited_ = improved ? 0 : waited_ + 1;
    if (stopping.patience > 0 && waited_ >= stopping.patience) history_.stopped = true;
  }

  bool restores() const { return options_.early_stopping.patience > 0 && options_.early_stopping.restore_best; }

  void remember() {
    const std::vector<NamedParameter>& parameters = trainee_.parameters;
    if (best_.empty()) {
      for (const NamedParameter& named : parameters) best_.push_back(named.parameter.value().copy());
      return;
    }
    for (std::size_t i = 0; i < best_.size(); ++i) best_[i].assign(parameters[i].parameter.value(), where_);
  }

  void restore() {
    for (std::size_t i = 0; i < best_.size(); ++i) {
      Parameter parameter = trainee_.parameters[i].parameter;
      parameter.assign(best_[i], where_);
    }
  }

  /// Whether the epoch goes on.
  bool notify(std::int64_t epoch, std::int64_t step, double cost) {
    if (!options_.on_step) return true;
    StepEvent event{.epoch = epoch, .step = step, .steps = batches_.size(), .cost = cost, .optimizer = optimizer()};
    options_.on_step(event);
    history_.stopped |= event.stop;
    return !event.stop;
  }

  void notify(const Epoch& epoch) {
    if (!options_.on_epoch) return;
    EpochEvent event{.epoch = epoch, .optimizer = optimizer()};
    options_.on_epoch(event);
    history_.stopped |= event.stop;
  }

  const Trainee& trainee_;
  const FitOptions& options_;
  const std::source_location where_;
  std::optional<optim::Sgd> descent_;  // where the user gave no optimizer
  data::Batches batches_;
  Tape tape_;
  Tape inference_{{.inference = true}};
  Progress progress_;
  History history_;
  bool has_accuracy_ = false;
  std::vector<Tensor> best_;  // values after the best epoch, in the order of the parameters; empty if not restored
  double least_ = std::numeric_limits<double>::infinity();        // of the watched costs
  double improved_to_ = std::numeric_limits<double>::infinity();  // the cost when it last improved
  std::int64_t waited_ = 0;                                       // epochs since then
};

}  // namespace

History fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
            const std::source_location& where) {
  check_fit(trainee, train, options, where);
  return Training{trainee, train, options, where}.run();
}

}  // namespace capstan::train::detail
