#include "validation.hpp"

#include <cmath>

#include <capstan/data/batches.hpp>
#include <capstan/train/accuracy.hpp>

#include "cost_sum.hpp"
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
  CostSum costs;
  for (const data::Batch& batch : data::batches(*set_, {.batch_size = validation_batch}, where)) {
    tape_.rewind();
    const Var cost = trainee_.cost(tape_.constant(batch.x, where), batch.y, Pass{});
    costs.add(cost.item(where), batch.examples());
  }
  epoch.validation_cost = costs.mean();
  if (!std::isfinite(*epoch.validation_cost)) {
    throw_divergence(training, "the validation cost is not finite", {.epoch = epoch.epoch, .step = training.steps()},
                     *epoch.validation_cost);
  }
  if (has_accuracy_) epoch.accuracy = accuracy(trainee_.outputs, *set_, {.decision = trainee_.decision}, where);
}

}  // namespace capstan::train::detail
