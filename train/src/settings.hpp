// What a training was asked for, as text: for logs, and to tell whether a checkpoint is of the same training.
#pragma once

#include <capstan/train/fit.hpp>

#include "checkpoints.hpp"

namespace capstan::train::detail {

Training::Settings settings_of(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
                               const optim::Optimizer& optimizer);

/// What the model is made of, which observers remember something, what decides the order of the examples, the
/// optimizer, its options and the learning rate that it begins with, and the data.
Checkpoints::Identity identity_of(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
                                  const optim::Optimizer& optimizer, std::int64_t steps);

}  // namespace capstan::train::detail
