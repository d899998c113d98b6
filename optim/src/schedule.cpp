#include <capstan/optim/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include <fmt/format.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "groups.hpp"

namespace capstan::optim {

namespace {

template <class Value>
[[noreturn]] void refuse(std::string_view who, std::string_view rule, const Value& value,
                         const std::source_location& where) {
  throw ValueError{fmt::format("{}: {}, got {}\n  at {}", who, rule, value, place(where))};
}

void check_steps(std::string_view who, std::string_view option, std::int64_t steps, const std::source_location& where) {
  if (steps < 1) refuse(who, fmt::format("{} must be at least 1", option), steps, where);
}

void check_factor(std::string_view who, double factor, const std::source_location& where) {
  if (!(factor > 0.0) || !std::isfinite(factor)) refuse(who, "factor must be finite and above 0", factor, where);
}

/// The lowest rate is one, and not above the first.
void check_lowest(std::string_view who, double lowest, double first, const std::source_location& where) {
  check_not_negative(who, "learning_rate", first, where);
  check_not_negative(who, "lowest", lowest, where);
  if (lowest > first) {
    refuse(who, "lowest must be at most learning_rate", fmt::format("{} for learning_rate {}", lowest, first), where);
  }
}

/// How much of so many steps is done, at most all.
double share(std::int64_t step, std::int64_t steps) {
  return static_cast<double>(std::min(step, steps)) / static_cast<double>(steps);
}

/// From one value to the other along half a wave of the cosine.
double half_wave(double from, double to, double done) {
  return to + (from - to) * (1.0 + std::cos(std::numbers::pi * done)) / 2.0;
}

}  // namespace

double Schedule::operator()(std::int64_t step, std::source_location where) const {
  if (step < 0) refuse("Schedule", "step must not be negative", step, where);
  return rate_(step);
}

Schedule constant(LearningRate learning_rate, std::source_location where) {
  const double rate = learning_rate;
  check_not_negative("constant", "learning_rate", rate, where);
  return {[rate](std::int64_t) { return rate; }, fmt::format("constant, learning_rate {}", rate)};
}

Schedule step(const StepOptions& options, std::source_location where) {
  const double first = options.learning_rate;
  check_not_negative("step", "learning_rate", first, where);
  check_steps("step", "every", options.every, where);
  check_factor("step", options.factor, where);
  return {
      [o = options](std::int64_t t) { return o.learning_rate * std::pow(o.factor, static_cast<double>(t / o.every)); },
      fmt::format("step, learning_rate {}, every {}, factor {}", first, options.every, options.factor)};
}

Schedule exponential(const ExponentialOptions& options, std::source_location where) {
  const double first = options.learning_rate;
  check_not_negative("exponential", "learning_rate", first, where);
  check_factor("exponential", options.factor, where);
  return {[o = options](std::int64_t t) { return o.learning_rate * std::pow(o.factor, static_cast<double>(t)); },
          fmt::format("exponential, learning_rate {}, factor {}", first, options.factor)};
}

Schedule cosine(const CosineOptions& options, std::source_location where) {
  const double first = options.learning_rate;
  check_lowest("cosine", options.lowest, first, where);
  check_steps("cosine", "steps", options.steps, where);
  return {[o = options](std::int64_t t) { return half_wave(o.learning_rate, o.lowest, share(t, o.steps)); },
          fmt::format("cosine, learning_rate {}, lowest {}, steps {}", first, options.lowest, options.steps)};
}

Schedule linear(const LinearOptions& options, std::source_location where) {
  const double from = options.from, to = options.to;
  check_not_negative("linear", "from", from, where);
  check_not_negative("linear", "to", to, where);
  check_steps("linear", "steps", options.steps, where);
  return {[from, to, steps = options.steps](std::int64_t t) {
            const double done = share(t, steps);
            return (1.0 - done) * from + done * to;
          },
          fmt::format("linear, from {}, to {}, steps {}", from, to, options.steps)};
}

Schedule polynomial(const PolynomialOptions& options, std::source_location where) {
  const double first = options.learning_rate;
  check_lowest("polynomial", options.lowest, first, where);
  check_not_negative("polynomial", "power", options.power, where);
  check_steps("polynomial", "steps", options.steps, where);
  return {[o = options](std::int64_t t) {
            if (t >= o.steps) return o.lowest;
            return o.lowest + (o.learning_rate - o.lowest) * std::pow(1.0 - share(t, o.steps), o.power);
          },
          fmt::format("polynomial, learning_rate {}, lowest {}, power {}, steps {}", first, options.lowest,
                      options.power, options.steps)};
}

Schedule one_cycle(const OneCycleOptions& options, std::source_location where) {
  constexpr std::string_view who = "one_cycle";
  const double highest = options.highest;
  check_not_negative(who, "highest", highest, where);
  check_steps(who, "steps", options.steps, where);
  const double last = static_cast<double>(options.steps) - 1.0;
  const double top = options.rise * static_cast<double>(options.steps) - 1.0;
  if (!(top > 0.0 && top < last)) {
    refuse(who, "rise must leave more than a step to the rise and some to the fall",
           fmt::format("{} of {} steps", options.rise, options.steps), where);
  }
  for (const auto& [name, divisor] :
       {std::pair{"start_divisor", options.start_divisor}, std::pair{"end_divisor", options.end_divisor}}) {
    if (!(divisor >= 1.0) || !std::isfinite(divisor))
      refuse(who, fmt::format("{} must be finite and at least 1", name), divisor, where);
  }
  const double start = highest / options.start_divisor, end = start / options.end_divisor;
  return {[=](std::int64_t t) {
            const double at = std::min(static_cast<double>(t), last);
            return at <= top ? half_wave(start, highest, at / top) : half_wave(highest, end, (at - top) / (last - top));
          },
          fmt::format("one_cycle, highest {}, steps {}, rise {}, start_divisor {}, end_divisor {}", highest,
                      options.steps, options.rise, options.start_divisor, options.end_divisor)};
}

Schedule warm_up(const WarmUpOptions& options, Schedule then, std::source_location where) {
  check_steps("warm_up", "steps", options.steps, where);
  std::string text = fmt::format("warm_up, steps {}, then {}", options.steps, then.description());
  return {[steps = options.steps, then = std::move(then)](std::int64_t t) {
            if (t >= steps) return then(t - steps);
            return then(0) * static_cast<double>(t + 1) / static_cast<double>(steps + 1);
          },
          std::move(text)};
}

Schedule chain(std::vector<Phase> phases, std::source_location where) {
  if (phases.empty()) refuse("chain", "it must have a phase", "none", where);
  std::string text = "chain";
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (i + 1 < phases.size()) check_steps("chain", fmt::format("steps of phase {}", i), phases[i].steps, where);
    text += fmt::format("{} {}", i > 0 ? ", then" : " of", phases[i].schedule.description());
    if (i + 1 < phases.size()) text += fmt::format(" for {}", phases[i].steps);
  }
  if (phases.back().steps != 0)
    refuse("chain", "the last phase goes on, so that it must have no steps", phases.back().steps, where);
  return {[phases = std::move(phases)](std::int64_t t) {
            auto phase = phases.begin();
            for (; phase + 1 != phases.end() && t >= phase->steps; ++phase) t -= phase->steps;
            return phase->schedule(t);
          },
          std::move(text)};
}

}  // namespace capstan::optim
