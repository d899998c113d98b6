#include <capstan/optim/schedule.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Schedule;

namespace {

constexpr double pi = std::numbers::pi;

void check_rates(const Schedule& schedule, const std::vector<double>& expected) {
  INFO(schedule.description());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("step " << i);
    CHECK(std::fabs(schedule(static_cast<std::int64_t>(i)) - expected[i]) <= 1e-15);
  }
}

template <class Make>
void refused(const Make& make, const std::string& text) {
  INFO(text);
  CHECK_THROWS_AS(make(), ValueError);
  CHECK_THROWS_WITH(make(), ContainsSubstring(text + "\n  at schedule_test.cpp:"));
}

}  // namespace

TEST_CASE("constant, step and exponential have the rates that they say") {
  check_rates(optim::constant(0.25), {0.25, 0.25, 0.25});
  check_rates(optim::step({.learning_rate = 0.8, .every = 2}), {0.8, 0.8, 0.08, 0.08, 0.008});
  check_rates(optim::step({.learning_rate = 0.8, .every = 3, .factor = 0.5}), {0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2});
  check_rates(optim::exponential({.learning_rate = 0.8, .factor = 0.5}), {0.8, 0.4, 0.2, 0.1});
}

TEST_CASE("cosine, linear and polynomial reach their last rate after so many steps and stay there") {
  check_rates(optim::cosine({.learning_rate = 1.0, .lowest = 0.2, .steps = 4}),
              {1.0, 0.6 + 0.4 * std::cos(pi / 4), 0.6, 0.6 - 0.4 * std::cos(pi / 4), 0.2, 0.2, 0.2});
  check_rates(optim::linear({.from = 0.1, .to = 0.5, .steps = 4}), {0.1, 0.2, 0.3, 0.4, 0.5, 0.5});
  check_rates(optim::linear({.from = 0.5, .to = 0.0, .steps = 2}), {0.5, 0.25, 0.0, 0.0});
  check_rates(optim::polynomial({.learning_rate = 0.8, .power = 2.0, .steps = 4}), {0.8, 0.45, 0.2, 0.05, 0.0, 0.0});
  check_rates(optim::polynomial({.learning_rate = 0.8, .lowest = 0.4, .steps = 2}), {0.8, 0.6, 0.4, 0.4});
  CHECK(optim::linear({.from = 0.1, .to = 0.7, .steps = 3})(1'000'000'000'000) == 0.7);
  CHECK(optim::cosine({.learning_rate = 0.1, .lowest = 0.01, .steps = 7})(7) == 0.01);
}

TEST_CASE("one_cycle rises and falls as torch's OneCycleLR") {
  // 10 steps: the top is 0.3·10 − 1 = 2, the end 9.
  const double first = 1.0 / 25.0, last = first / 1e4;
  std::vector<double> expected{first, (first + 1.0) / 2.0, 1.0};
  for (int t = 3; t < 10; ++t) expected.push_back(last + (1.0 - last) * (1.0 + std::cos(pi * (t - 2) / 7.0)) / 2.0);
  expected.push_back(last);
  check_rates(optim::one_cycle({.highest = 1.0, .steps = 10}), expected);
}

TEST_CASE("warm_up rises to what follows, and chain counts the steps of each phase from 0") {
  check_rates(optim::warm_up({.steps = 3}, optim::exponential({.learning_rate = 0.8, .factor = 0.5})),
              {0.2, 0.4, 0.6, 0.8, 0.4, 0.2});
  check_rates(optim::chain({{optim::constant(0.1), 2},
                            {optim::linear({.from = 1.0, .to = 0.0, .steps = 2}), 1},
                            {optim::linear({.from = 1.0, .to = 0.0, .steps = 2})}}),
              {0.1, 0.1, 1.0, 1.0, 0.5, 0.0, 0.0});
  CHECK(optim::chain({{optim::constant(0.1), 2}, {optim::constant(0.2)}}).description() ==
        "chain of constant, learning_rate 0.1 for 2, then constant, learning_rate 0.2");
}

TEST_CASE("A schedule is a value, and may be a function of one's own") {
  Schedule schedule = [](std::int64_t step) { return 1.0 / static_cast<double>(1 + step); };
  const Schedule copy = schedule;
  CHECK(schedule.description() == "a function");
  schedule = optim::constant(0.5);
  CHECK(copy(3) == 0.25);
  CHECK(schedule(3) == 0.5);
  CHECK(Schedule([](std::int64_t) { return 0.1; }, "mine").description() == "mine");
  refused([&] { return schedule(-1); }, "Schedule: step must not be negative, got -1");
}

TEST_CASE("Options of schedules that are out of range or contradict each other are refused by name and value") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  refused([&] { return optim::constant(-0.1); }, "constant: learning_rate must be finite and not negative, got -0.1");
  refused([&] { return optim::step({.learning_rate = 0.1}); }, "step: every must be at least 1, got 0");
  refused([&] { return optim::step({.learning_rate = nan, .every = 1}); },
          "step: learning_rate must be finite and not negative, got nan");
  refused([&] { return optim::step({.learning_rate = 0.1, .every = 2, .factor = -1.0}); },
          "step: factor must be finite and above 0, got -1");
  refused([&] { return optim::exponential({.learning_rate = 0.1}); },
          "exponential: factor must be finite and above 0, got 0");
  refused([&] { return optim::cosine({.learning_rate = 0.1}); }, "cosine: steps must be at least 1, got 0");
  refused([&] { return optim::cosine({.learning_rate = 0.1, .lowest = 0.2, .steps = 5}); },
          "cosine: lowest must be at most learning_rate, got 0.2 for learning_rate 0.1");
  refused([&] { return optim::cosine({.learning_rate = 0.1, .lowest = -0.2, .steps = 5}); },
          "cosine: lowest must be finite and not negative, got -0.2");
  refused([&] { return optim::linear({.from = 0.1, .to = infinity, .steps = 5}); },
          "linear: to must be finite and not negative, got inf");
  refused([&] { return optim::linear({.from = 0.1, .to = 0.2, .steps = -5}); },
          "linear: steps must be at least 1, got -5");
  refused([&] { return optim::polynomial({.learning_rate = 0.1, .power = -1.0, .steps = 3}); },
          "polynomial: power must be finite and not negative, got -1");
  refused([&] { return optim::one_cycle({.highest = 0.1, .steps = 3}); },
          "one_cycle: rise must leave more than a step to the rise and some to the fall, got 0.3 of 3 steps");
  refused([&] { return optim::one_cycle({.highest = 0.1, .steps = 30, .rise = 1.0}); },
          "one_cycle: rise must leave more than a step to the rise and some to the fall, got 1 of 30 steps");
  refused([&] { return optim::one_cycle({.highest = 0.1, .steps = 30, .start_divisor = 0.5}); },
          "one_cycle: start_divisor must be finite and at least 1, got 0.5");
  refused([&] { return optim::one_cycle({.highest = 0.1, .steps = 30, .end_divisor = nan}); },
          "one_cycle: end_divisor must be finite and at least 1, got nan");
  refused([&] { return optim::warm_up({}, optim::constant(0.1)); }, "warm_up: steps must be at least 1, got 0");
  refused([&] { return optim::chain({}); }, "chain: it must have a phase, got none");
  refused([&] { return optim::chain({{optim::constant(0.1)}, {optim::constant(0.2)}}); },
          "chain: steps of phase 0 must be at least 1, got 0");
  refused([&] { return optim::chain({{optim::constant(0.1), 2}, {optim::constant(0.2), 3}}); },
          "chain: the last phase goes on, so that it must have no steps, got 3");
}
