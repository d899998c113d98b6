#include "divergence.hpp"

#include <fmt/format.h>

#include <capstan/tensor/format.hpp>
#include <capstan/train/fit.hpp>

#include <capstan/tensor/engine.hpp>
#include "fit_checks.hpp"
#include "progress_display.hpp"

namespace capstan::train::detail {

void throw_divergence(const Training& training, std::string_view what, const Step& step, double cost) {
  throw DivergenceError{fmt::format("fit: {} in epoch {}, step {} of {}, got cost {}\n  learning_rate: {}\n  at {}",
                                    what, step.epoch, step.step, training.steps(), printable(cost),
                                    training.optimizer().learning_rate(), place(training.where())),
                        step.epoch, step.step, cost};
}

void check_parameters(const Training& training, const Step& last) {
  for (const auto& [name, parameter] : training.parameters()) {
    if (all_finite(parameter.value())) continue;
    throw_divergence(training, fmt::format("parameter \"{}\" {} is not finite", name, to_string(parameter.shape())),
                     last, last.mean_cost);
  }
}

}  // namespace capstan::train::detail
