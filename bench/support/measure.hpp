// Interleaved timing: contestants take turns, round by round, so that a neighbour on the machine disturbs all alike.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
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

/// What one contestant needed.
struct Lap {
  double seconds = 0.0;  ///< a call, median over the rounds
  double ratio = 0.0;    ///< median over the rounds of the first contestant's time / this one's within a round
};

/// Times functions in turns. A sample is as many calls as take `least` seconds; the first round warms up and is not
/// counted.
inline std::vector<Lap> race(int rounds, double least, const std::vector<std::function<void()>>& contestants,
                             double (*clock)() = &seconds) {
  const auto sample = [clock](const std::function<void()>& f, int calls) {
    const double start = clock();
    for (int i = 0; i < calls; ++i) f();
    return (clock() - start) / calls;
  };
  std::vector<int> calls;
  for (const auto& f : contestants) {
    f();
    calls.push_back(static_cast<int>(least / std::max(sample(f, 1), 1e-9)) + 1);
  }
  std::vector<std::vector<double>> times(contestants.size()), ratios(contestants.size());
  for (int round = -1; round < rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const double time = sample(contestants[i], calls[i]);
      if (round < 0) continue;
      times[i].push_back(time);
      ratios[i].push_back(times[0].back() / time);
    }
  }
  std::vector<Lap> laps;
  laps.reserve(contestants.size());
  for (std::size_t i = 0; i < contestants.size(); ++i) laps.push_back({median(times[i]), median(ratios[i])});
  return laps;
}

/// The usual number of rounds, each of at least 2 ms a contestant.
inline std::vector<Lap> race(bool quick, const std::vector<std::function<void()>>& contestants) {
  return quick ? race(2, 0.0, contestants) : race(31, 2e-3, contestants);
}

struct Timing {
  double ours = 0.0;   ///< seconds a call, median over the rounds
  double floor = 0.0;  ///< the same
  double ratio = 0.0;  ///< median over the rounds of ours/floor within a round
};

/// A race of two.
inline Timing compare(int rounds, double least, const std::function<void()>& ours, const std::function<void()>& floor) {
  const std::vector<Lap> laps = race(rounds, least, {ours, floor});
  return {laps[0].seconds, laps[1].seconds, laps[1].ratio};
}

inline Timing compare(bool quick, const std::function<void()>& ours, const std::function<void()>& floor) {
  return quick ? compare(2, 0.0, ours, floor) : compare(31, 2e-3, ours, floor);
}

}  // namespace bench
