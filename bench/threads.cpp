// What a region of the pool of threads costs, against its blocks one after the other on one thread, and beside OpenMP and
// oneTBB where they are installed: why the library has a pool of its own.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/threads.hpp>

#include "support/measure.hpp"
#include "support/report.hpp"

#ifdef BENCH_TBB
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#endif

namespace {

void work(double microseconds) {
  const double end = bench::seconds() + microseconds * 1e-6;
  while (bench::seconds() < end) {
  }
}

/// Two blocks of so many microseconds on two threads.
std::function<void()> ours(double microseconds) {
  return [=] { capstan::engine::parallel_for(2, 2, [=](std::int64_t, int) { work(microseconds); }); };
}

#ifdef BENCH_OPENMP
std::function<void()> openmp(double microseconds) {
  return [=] {
#pragma omp parallel for num_threads(2) schedule(static)
    for (int i = 0; i < 2; ++i) work(microseconds);
  };
}
#endif

std::vector<bench::Record> measure(const bench::Options& options) {
  capstan::set_threads(2);
  std::vector<bench::Record> records;
  for (const double microseconds : {0.0, 50.0}) {
    std::vector<std::function<void()>> contestants{ours(microseconds), [=] {
                                                     work(microseconds);
                                                     work(microseconds);
                                                   }};
    std::vector<std::string> names;
#ifdef BENCH_OPENMP
    names.emplace_back("OpenMP");
    contestants.push_back(openmp(microseconds));
#endif
#ifdef BENCH_TBB
    names.emplace_back("oneTBB");
    tbb::task_arena arena{2};
    contestants.emplace_back([&arena, microseconds] {
      arena.execute([=] { tbb::parallel_for(0, 2, [=](int) { work(microseconds); }, tbb::static_partitioner{}); });
    });
#endif
    const std::vector<bench::Lap> laps = bench::race(options.quick, contestants);
    bench::Record record{.workload = "threads",
                         .variant = fmt::format("a region of two blocks of {} µs", microseconds),
                         .threads = 2,
                         .unit = "µs",
                         .ours = laps[0].seconds * 1e6,
                         .floor = laps[1].seconds * 1e6,
                         .ratio_floor = laps[1].ratio,
                         .target = microseconds == 0.0 ? 5.0 : 60.0,
                         .absolute = true,
                         .floor_name = "both on one thread"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      bench::Record beside = record;
      beside.variant += ", beside " + names[i];
      beside.peer = bench::Peer{names[i], laps[i + 2].seconds * 1e6, 1.0 / laps[i + 2].ratio};
      records.push_back(beside);
    }
    if (names.empty()) records.push_back(record);
  }
  return records;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "What a region of threads costs", measure); }
