// Interleaved timing: contestants take turns, round by round, so that a neighbour on the machine disturbs all alike.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Timing {
  double ours = 0.0;   ///< seconds a call, median over the rounds
  double floor = 0.0;  ///< the same
  double ratio = 0.0;  ///< median over the rounds of ours/floor within a round
};

/// Times two functions in turns. A sample is as many calls as take `least` seconds; the first round warms up and is not
/// counted.
inline Timing compare(int rounds, double least, const std::function<void()>& ours, const std::function<void()>& floor) {
  const auto calls_of = [least](const std::function<void()>& f) {
    f();
    const double start = seconds();
    f();
    return static_cast<int>(least / std::max(seconds() - start, 1e-9)) + 1;
  };
  const auto sample = [](const std::function<void()>& f, int calls) {
    const double start = seconds();
    for (int i = 0; i < calls; ++i) f();
    return (seconds() - start) / calls;
  };
  const int our_calls = calls_of(ours), floor_calls = calls_of(floor);
  std::vector<double> our_times, floor_times, ratios;
  for (int round = -1; round < rounds; ++round) {
    const double a = sample(ours, our_calls), b = sample(floor, floor_calls);
    if (round < 0) continue;
    our_times.push_back(a);
    floor_times.push_back(b);
    ratios.push_back(a / b);
  }
  return {median(our_times), median(floor_times), median(ratios)};
}

/// The usual number of rounds, each of at least 2 ms a side.
inline Timing compare(bool quick, const std::function<void()>& ours, const std::function<void()>& floor) {
  return quick ? compare(2, 0.0, ours, floor) : compare(31, 2e-3, ours, floor);
}

}  // namespace bench
