#include "validation.hpp"

#include <cmath>

#include <capstan/data/batches.hpp>
#include <capstan/train/accuracy.hpp>

#include "divergence.hpp"
#include "fit_checks.hpp"

namespace capstan::train::detail {

namespace {

constexpr std::int64_t validation_batch = 1024;

}  // namespace

Validation::Validation(const Trainee& trainee, const FitOptions& options)
    : trainee_{trainee},
      set_{options.validation},
      has_accuracy_{set_ != nullptr && options.accuracy && trainee.outputs && says_classes(set_->y, trainee.decision)} {
}

void Validation::complete(Epoch& epoch, const Training& training) {
  if (set_ == nullptr) return;
  const std::source_location where = training.where();
  double sum = 0.0;
  std::int64_t seen = 0;
  for (const data::Batch& batch : data::batches(*set_, {.batch_size = validation_batch}, where)) {
    tape_.rewind();
    const Var cost = trainee_.cost(tape_.constant(batch.x, where), batch.y, Pass{});
    sum += cost.item(where) * static_cast<double>(batch.examples());
    seen += batch.examples();
  }
  epoch.validation_cost = sum / static_cast<double>(seen);
  if (!std::isfinite(*epoch.validation_cost)) {
    throw_divergence(training, "the validation cost is not finite", {.epoch = epoch.epoch, .step = training.steps()},
                     *epoch.validation_cost);
  }
  if (has_accuracy_) epoch.accuracy = accuracy(trainee_.outputs, *set_, {.decision = trainee_.decision}, where);
}

}  // namespace capstan::train::detail
