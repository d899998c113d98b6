#include "support/contestant.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "support/measure.hpp"

namespace bench {

namespace {

float largest(const std::vector<float>& values) {
  float most = 0.0F;
  for (const float v : values) most = std::max(most, std::abs(v));
  return most;
}

void check_equal(const Workload& workload, const std::string& who, const Results& ours, const Results& theirs) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error{fmt::format("{}: ours and {} differ: {}", workload.name, who, why)};
  };
  if (ours.size() != theirs.size()) fail(fmt::format("{} and {} results", ours.size(), theirs.size()));
  for (std::size_t r = 0; r < ours.size(); ++r) {
    if (ours[r].size() != theirs[r].size()) {
      fail(fmt::format("result {} has {} and {} elements", r, ours[r].size(), theirs[r].size()));
    }
    const double allowed = workload.tolerance * static_cast<double>(largest(ours[r]));
    for (std::size_t i = 0; i < ours[r].size(); ++i) {
      if (std::abs(static_cast<double>(ours[r][i]) - theirs[r][i]) <= allowed) continue;
      fail(fmt::format("result {}, element {} is {} and {}", r, i, ours[r][i], theirs[r][i]));
    }
  }
}

Results after_three_steps(const Contestant& contestant) {
  for (int i = 0; i < 3; ++i) contestant.step();
  return contestant.results ? contestant.results() : Results{};
}

}  // namespace

std::vector<Record> measure(const Options& options, const Workload& workload, const Contestant& ours,
                            const std::vector<Rivals>& rivals) {
  const Results results = after_three_steps(ours);
  std::vector<std::function<void()>> steps{ours.step};
  const auto enter = [&](const std::string& who, const Contestant& contestant) {
    if (!contestant.step) return;
    const Results theirs = after_three_steps(contestant);
    if (contestant.results) check_equal(workload, who, results, theirs);
    steps.push_back(contestant.step);
  };
  for (const Rivals& r : rivals) {
    enter(r.floor_name, r.floor);
    enter(r.peer_name, r.peer);
  }
  const std::vector<Lap> laps = race(options.quick, steps);

  std::vector<Record> records;
  auto lap = laps.begin() + 1;
  for (const Rivals& r : rivals) {
    Record record{.workload = workload.name,
                  .variant = r.variant,
                  .threads = options.threads,
                  .unit = workload.unit,
                  .ours = laps[0].seconds * workload.per_second,
                  .floor = lap->seconds * workload.per_second,
                  .ratio_floor = lap->ratio,
                  .target = r.target,
                  .absolute = r.absolute,
                  .floor_name = r.floor_name};
    ++lap;
    if (r.peer.step) {
      record.peer = Peer{r.peer_name, lap->seconds * workload.per_second, 1.0 / lap->ratio};
      ++lap;
    }
    records.push_back(record);
  }
  return records;
}

}  // namespace bench
