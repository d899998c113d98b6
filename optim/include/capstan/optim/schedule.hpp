// Schedule: the learning rate as a function of the step. A loop of one's own sets it before each step; train::fit takes it as
// `.schedule`. As it follows from the step alone, a training that is resumed has nothing to restore.
//
//   const optim::Schedule rate = optim::warm_up({.steps = 500}, optim::cosine({.learning_rate = 0.1, .steps = 10'000}));
//   for (std::int64_t step = 0; step < 10'500; ++step) {
//     descent.set_learning_rate(rate(step));
//     …
//   }
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <capstan/optim/group.hpp>

namespace capstan::optim {

/// A learning rate for each step, which counts from 0. It is a value: copies are independent.
class Schedule {
 public:
  /// A function of one's own from the step to the rate, and what logs and checkpoints call it.
  template <class Rate>
    requires std::convertible_to<std::invoke_result_t<const Rate&, std::int64_t>, double> &&
                 (!std::same_as<std::remove_cvref_t<Rate>, Schedule>)
  Schedule(Rate rate, std::string description = "a function") : rate_{std::move(rate)}, text_{std::move(description)} {}

  /// The rate of a step. ValueError for a step below 0.
  double operator()(std::int64_t step, std::source_location where = std::source_location::current()) const;
  /// The kind and its options, such as "cosine, learning_rate 0.1, lowest 0, steps 1000".
  const std::string& description() const& noexcept { return text_; }
  std::string description() const&& { return text_; }

 private:
  std::function<double(std::int64_t)> rate_;
  std::string text_;
};

/// Options of step.
struct StepOptions {
  LearningRate learning_rate;  ///< of the first steps
  std::int64_t every = 0;      ///< steps; must be given
  double factor = 0.1;
};
/// Options of exponential.
struct ExponentialOptions {
  LearningRate learning_rate;  ///< of the first step
  double factor = 0.0;         ///< must be given
};
/// Options of cosine.
struct CosineOptions {
  LearningRate learning_rate;  ///< of the first step
  double lowest = 0.0;
  std::int64_t steps = 0;  ///< until the lowest; must be given
};
/// Options of linear.
struct LinearOptions {
  LearningRate from, to;
  std::int64_t steps = 0;  ///< from one to the other; must be given
};
/// Options of polynomial.
struct PolynomialOptions {
  LearningRate learning_rate;  ///< of the first step
  double lowest = 0.0;
  double power = 1.0;
  std::int64_t steps = 0;  ///< until the lowest; must be given
};
/// Options of one_cycle.
struct OneCycleOptions {
  LearningRate highest;
  std::int64_t steps = 0;       ///< of the whole cycle; must be given
  double rise = 0.3;            ///< which part of them the rate rises
  double start_divisor = 25.0;  ///< the first rate is the highest divided by it
  double end_divisor = 1e4;     ///< the last rate is the first divided by it
};
/// Options of warm_up.
struct WarmUpOptions {
  std::int64_t steps = 0;  ///< must be given
};
/// A part of a chain.
struct Phase {
  Schedule schedule;
  std::int64_t steps = 0;  ///< how long; must be given for all but the last one
};

// All of them throw ValueError, naming the option and its value, for options out of range or that contradict each other.

/// The same rate in every step.
Schedule constant(LearningRate learning_rate, std::source_location where = std::source_location::current());
/// Multiplied by the factor after so many steps, again and again; torch's StepLR.
Schedule step(const StepOptions& options, std::source_location where = std::source_location::current());
/// Multiplied by the factor after each step; torch's ExponentialLR.
Schedule exponential(const ExponentialOptions& options, std::source_location where = std::source_location::current());
/// Falls to the lowest along half a wave of the cosine, and stays there; torch's CosineAnnealingLR until then.
/// Source    Loshchilov, Hutter, ICLR (2017).
Schedule cosine(const CosineOptions& options, std::source_location where = std::source_location::current());
/// Goes from one rate to the other in equal steps, and stays there; torch's LinearLR.
Schedule linear(const LinearOptions& options, std::source_location where = std::source_location::current());
/// lowest + (learning_rate − lowest) · (1 − step/steps)^power, and the lowest from then on; torch's PolynomialLR.
Schedule polynomial(const PolynomialOptions& options, std::source_location where = std::source_location::current());
/// Rises to the highest and falls far below the first rate, each along half a wave of the cosine, and stays there; torch's
/// OneCycleLR, without its change of momentum.
/// Source    Smith, Topin, arXiv:1708.07120 (2017).
Schedule one_cycle(const OneCycleOptions& options, std::source_location where = std::source_location::current());
/// Rises in equal parts to what another schedule begins with, which then follows: step t has (t + 1)/(steps + 1) of that
/// rate, so that no step is wasted on a rate of 0.
Schedule warm_up(const WarmUpOptions& options, Schedule then,
                 std::source_location where = std::source_location::current());
/// One schedule after another; each counts its steps from 0, and the last one goes on.
Schedule chain(std::vector<Phase> phases, std::source_location where = std::source_location::current());

}  // namespace capstan::optim
