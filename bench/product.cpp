// The built-in product of matrices against oneDNN's matmul primitive and OpenBLAS, on one thread: the eight products of
// a training step of the net 784-512-512-10, cubes, tiny products, products with one small side, and products with one
// row or column, beside which stands a pass over the matrix. Every round times each of them in turn; the table shows
// medians over the rounds, and the medians of the rounds' ratios (below 1: ours is quicker). What is timed is the
// thread's own time, so that other programs on the machine count less.
//
// The program starts itself again with one thread and without OPENBLAS_* variables: OPENBLAS_CORETYPE could hold
// OpenBLAS to an older processor's kernels.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "product/cases.hpp"
#include "product/contestants.hpp"
#include "support/environment.hpp"
#include "support/report.hpp"

namespace {

using bench::Blas;
using bench::Case;
using bench::Lies;
using capstan::DType;
using capstan::Tensor;

struct Effort {
  int rounds;
  double sample_seconds;
};

Tensor operand(std::int64_t rows, std::int64_t columns, Lies lies, DType dtype, capstan::Rng& rng) {
  if (lies == Lies::by_rows) return Tensor::uniform({rows, columns}, rng, {.low = -1.0, .high = 1.0, .dtype = dtype});
  return Tensor::uniform({columns, rows}, rng, {.low = -1.0, .high = 1.0, .dtype = dtype}).transpose();
}

// Timing.

/// What this thread has run for: on a machine with other work, time spent waiting for a core is nobody's.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_of(const std::function<void()>& run, int times) {
  const double start = seconds();
  for (int i = 0; i < times; ++i) run();
  return (seconds() - start) / times;
}

int times_for(const std::function<void()>& run, double seconds) {
  run();
  int times = 1;
  while (seconds_of(run, times) * times < seconds) times *= 2;
  return times;
}

double median(std::vector<double> numbers) {
  std::nth_element(numbers.begin(), numbers.begin() + numbers.size() / 2, numbers.end());
  return numbers[numbers.size() / 2];
}

struct Timing {
  double seconds = 0.0;
  double ratio = 0.0;  ///< the first contestant's time divided by this one's, in the same round
};

/// Times all contestants in turn, round after round.
std::vector<Timing> race(const std::vector<std::function<void()>>& contestants, const Effort& effort) {
  std::vector<int> times;
  times.reserve(contestants.size());
  for (const auto& run : contestants) times.push_back(times_for(run, effort.sample_seconds));
  std::vector<std::vector<double>> seconds(contestants.size()), ratios(contestants.size());
  for (int round = 0; round < effort.rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      seconds[i].push_back(seconds_of(contestants[i], times[i]));
      ratios[i].push_back(seconds[0].back() / seconds[i].back());
    }
  }
  std::vector<Timing> result;
  result.reserve(contestants.size());
  for (std::size_t i = 0; i < contestants.size(); ++i) result.push_back({median(seconds[i]), median(ratios[i])});
  return result;
}

/// What one core can do at most: independent multiply-adds in registers, in operations a second for floats.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) void spin_avx512(int times) {
  using Vector __attribute__((vector_size(64))) = float;
  Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, s8{}, s9{}, x = Vector{} + 0.5f;
  for (int i = 0; i < times; ++i) {
    asm volatile(
        "vfmadd231ps %10, %10, %0\n\tvfmadd231ps %10, %10, %1\n\tvfmadd231ps %10, %10, %2\n\t"
        "vfmadd231ps %10, %10, %3\n\tvfmadd231ps %10, %10, %4\n\tvfmadd231ps %10, %10, %5\n\t"
        "vfmadd231ps %10, %10, %6\n\tvfmadd231ps %10, %10, %7\n\tvfmadd231ps %10, %10, %8\n\t"
        "vfmadd231ps %10, %10, %9"
        : "+v"(s0), "+v"(s1), "+v"(s2), "+v"(s3), "+v"(s4), "+v"(s5), "+v"(s6), "+v"(s7), "+v"(s8), "+v"(s9)
        : "v"(x));
  }
}

std::optional<double> peak() {
  if (!__builtin_cpu_supports("avx512f")) return std::nullopt;
  std::vector<double> rates(9);
  constexpr int times = 500000;
  for (double& rate : rates) rate = (times * 320.0 / seconds_of([] { spin_avx512(times); }, 1));
  return median(rates);
}
#else
std::optional<double> peak() { return std::nullopt; }
#endif

// The table.

void check_equal(const Case& c, std::string_view peer, const Tensor& ours, const Tensor& theirs) {
  const double tolerance = static_cast<double>(c.k) * (ours.dtype() == DType::f32 ? 1.2e-7 : 2.3e-16);
  for (std::int64_t i = 0; i < c.m; ++i) {
    for (std::int64_t j = 0; j < c.n; ++j) {
      if (std::abs(ours.at({i, j}) - theirs.at({i, j})) <= tolerance) continue;
      throw std::runtime_error{fmt::format("{}: [{}, {}] is {} by ours and {} by {}", c.name, i, j, ours.at({i, j}),
                                           theirs.at({i, j}), peer)};
    }
  }
}

/// Who stands beside ours, in the order of the columns.
std::vector<std::string> peers(DType dtype, bool reads) {
  std::vector<std::string> names;
  if (dtype == DType::f32) names.emplace_back("oneDNN");
  if (Blas::is_present()) names.emplace_back("OpenBLAS");
  if (reads) names.emplace_back("reading");
  return names;
}

void print_head(std::string_view title, DType dtype, bool reads) {
  fmt::print("\n{:<34}{:>13}{:>10}", fmt::format("{}, {}", title, capstan::name_of(dtype)), "ours", "GFLOP/s");
  for (const std::string& name : peers(dtype, reads)) fmt::print("{:>13}{:>8}", name, "ratio");
  fmt::print("\n");
}

void print_row(const std::string& name, double flops, const std::vector<Timing>& timings) {
  fmt::print("{:<34}{:>10.3f} µs{:>10.1f}", name, timings[0].seconds * 1e6, flops / timings[0].seconds * 1e-9);
  for (std::size_t i = 1; i < timings.size(); ++i) {
    fmt::print("{:>10.3f} µs{:>8.2f}", timings[i].seconds * 1e6, timings[i].ratio);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

template <class T>
std::vector<Timing> measure(const Case& c, const Effort& effort, bool reads = false) {
  capstan::Rng rng{1};
  const DType dtype = capstan::dtype_of<T>();
  const Tensor a = operand(c.m, c.k, c.a, dtype, rng), b = operand(c.k, c.n, c.b, dtype, rng);
  Tensor ours = Tensor::zeros({c.m, c.n}, dtype), dnn = ours.copy(), blas = ours.copy();
  std::vector<std::function<void()>> contestants{bench::Ours<T>{a, b, ours}};
  if (dtype == DType::f32) contestants.emplace_back(bench::OneDnn{a, b, dnn});
  if (Blas::is_present()) contestants.push_back(Blas::product<T>(a, b, blas));
  if (reads) contestants.emplace_back(bench::Reading{c.m * c.k > c.k * c.n ? a : b});
  for (const auto& run : contestants) run();
  if (dtype == DType::f32) check_equal(c, "oneDNN", ours, dnn);
  if (Blas::is_present()) check_equal(c, "OpenBLAS", ours, blas);
  const std::vector<Timing> timings = race(contestants, effort);
  print_row(c.name, 2.0 * static_cast<double>(c.m * c.n * c.k), timings);
  return timings;
}

/// What one core does at most is not known for every shape: the floor is a peer, or reading the matrix.
bench::Record record_of(DType dtype, std::string variant, const std::vector<Timing>& timings, std::size_t peer,
                        std::string peer_name) {
  return {.workload = fmt::format("product, {}", capstan::name_of(dtype)),
          .variant = std::move(variant),
          .threads = 1,
          .unit = "µs",
          .ours = timings[0].seconds * 1e6,
          .floor = timings[peer].seconds * 1e6,
          .ratio_floor = timings[peer].ratio,
          .target = 1.15,
          .floor_name = std::move(peer_name)};
}

/// The step's products at one batch size, and the sum of their times.
template <class T>
std::vector<Timing> step_rows(std::int64_t batch, const Effort& effort) {
  std::vector<Timing> sum;
  double flops = 0.0;
  for (const Case& c : bench::step(batch)) {
    const std::vector<Timing> timings = measure<T>(c, effort);
    sum.resize(timings.size());
    flops += 2.0 * static_cast<double>(c.m * c.n * c.k);
    for (std::size_t i = 0; i < timings.size(); ++i) sum[i].seconds += timings[i].seconds;
  }
  for (Timing& t : sum) t.ratio = sum[0].seconds / t.seconds;
  print_row(fmt::format("all eight, batch {}", batch), flops, sum);
  return sum;
}

template <class T>
void table(bool quick, std::vector<bench::Record>& records) {
  constexpr DType dtype = capstan::dtype_of<T>();
  const Effort effort = quick ? Effort{1, 0.0} : Effort{21, 2e-3};
  const auto keep = [&](const std::string& name, const std::vector<Timing>& timings, std::string_view floor) {
    const std::vector<std::string> names = peers(dtype, floor == "reading");
    const auto at = std::find(names.begin(), names.end(), floor);
    if (at == names.end()) return;
    records.push_back(record_of(dtype, name, timings, static_cast<std::size_t>(at - names.begin()) + 1, *at));
  };
  const auto rows = [&](std::string_view title, const std::vector<Case>& cases, std::string_view floor) {
    const bool reads = floor == "reading";
    print_head(title, dtype, reads);
    for (const Case& c : cases) keep(c.name, measure<T>(c, effort, reads), floor);
  };
  const std::string_view library = dtype == DType::f32 ? "oneDNN" : "OpenBLAS";
  print_head("a step of the net", dtype, false);
  for (const std::int64_t batch : {32, 128, 512}) {
    if (quick && batch != 32) continue;
    keep(fmt::format("the eight of W2, batch {}", batch), step_rows<T>(batch, effort), library);
  }
  rows("cubes", bench::cubes(), "OpenBLAS");
  rows("tiny", bench::tiny(), "OpenBLAS");
  rows("one small side", bench::small_sides(), library);
  rows("one row or column", bench::vectors(quick), "reading");
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options =
      bench::parse_options(argc, argv, "The built-in product of matrices against oneDNN and OpenBLAS, on one thread");
  std::vector<bench::Record> records;
  try {
    bench::fix_environment(argv, 1);
    if (const auto rate = peak()) fmt::print("peak of one core: {:.1f} GFLOP/s in f32\n", *rate * 1e-9);
    fmt::print("built-in product: {}\n", capstan::kernels::name_of(capstan::kernels::chosen_isa()));
    table<float>(options.quick, records);
    table<double>(options.quick, records);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_product: {}\n", error.what());
    return 1;
  }
  fmt::print("\n");
  return bench::finish(options, records);
}
