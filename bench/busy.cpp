// Two threads against one on a machine that has other things to do: a training step of W2 beside nothing, and beside two
// processes that never rest. On two processors a thread more cannot help then, and must not hurt.

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "support/measure.hpp"
#include "support/mlp.hpp"
#include "support/report.hpp"

namespace {

/// Processes that never rest, while an object lives.
class BusyProcesses {
 public:
  explicit BusyProcesses(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child < 0) throw std::runtime_error{"no process can be made"};
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (std::atomic<std::uint64_t> rounds{0};;) ++rounds;
      }
      children_.push_back(child);
    }
  }
  BusyProcesses(const BusyProcesses&) = delete;
  BusyProcesses& operator=(const BusyProcesses&) = delete;
  ~BusyProcesses() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

bench::Record measure(const bench::Options& options, std::int64_t m, int busy) {
  const bench::MlpBatch batch{m};
  const auto step = [&batch](int threads) -> std::function<void()> {
    return [threads, train = training_step(std::make_shared<bench::Mlp>(threads), batch)] {
      if (capstan::threads() != threads) capstan::set_threads(threads);  // the optimizer's, too
      train();
    };
  };
  const BusyProcesses processes{busy};
  // Samples of many time slices, so that a thread's turns even out.
  const bench::Timing t =
      options.quick ? bench::compare(2, 0.0, step(2), step(1)) : bench::compare(21, 0.25, step(2), step(1));
  return {.workload = "busy",
          .variant = fmt::format("W2, batch {}, beside {}", m, busy == 0 ? "nothing" : fmt::format("{} busy", busy)),
          .threads = 2,
          .unit = "ms",
          .ours = t.ours * 1e3,
          .floor = t.floor * 1e3,
          .ratio_floor = t.ratio,
          .target = busy == 0 ? 0.588 : 1.1,
          .floor_name = "ours on one thread"};
}

std::vector<bench::Record> measure_all(const bench::Options& options) {
  std::vector<bench::Record> records;
  for (const int busy : {0, 2}) {
    for (const std::int64_t m : {32, 128, 512}) records.push_back(measure(options, m, busy));
  }
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "Two threads against one, on an idle machine and on a busy one", measure_all);
}
