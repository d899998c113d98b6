// The built-in product of matrices against oneDNN's matmul primitive and OpenBLAS, on one thread: the eight products of
// a training step of the net 784-512-512-10, cubes, and products with one column. Every round times each of them in
// turn; the table shows medians over the rounds, and the medians of the rounds' ratios (below 1: ours is quicker). What
// is timed is the thread's own time, so that other programs on the machine count less.
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
#include <unordered_map>
#include <vector>

#include <dlfcn.h>

#include <fmt/core.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <capstan/graph/rng.hpp>
#include <capstan/graph/tensor.hpp>

#include "kernels/product.hpp"
#include "support/environment.hpp"
#include "support/report.hpp"

namespace {

using capstan::DType;
using capstan::Tensor;

struct Effort {
  int rounds;
  double sample_seconds;
};

/// How an operand lies in memory: by rows, or as the transposed view of a matrix that lies by rows.
enum class Lies { by_rows, by_columns };

struct Case {
  std::string name;
  std::int64_t m, n, k;
  Lies a = Lies::by_rows, b = Lies::by_rows;
};

Tensor operand(std::int64_t rows, std::int64_t columns, Lies lies, DType dtype, capstan::Rng& rng) {
  if (lies == Lies::by_rows) return Tensor::uniform({rows, columns}, rng, {.low = -1.0, .high = 1.0, .dtype = dtype});
  return Tensor::uniform({columns, rows}, rng, {.low = -1.0, .high = 1.0, .dtype = dtype}).transpose();
}

// The contestants. Each is made for one case and called many times.

template <class T>
class Ours {
 public:
  Ours(const Tensor& a, const Tensor& b, Tensor& c)
      : scratch_{Tensor::empty({static_cast<std::int64_t>(bytes(a, b) / sizeof(float)) + 1})},
        a_{matrix<const T>(a)},
        b_{matrix<const T>(b)},
        c_{matrix<T>(c)} {}

  void operator()() const { capstan::kernels::product(a_, b_, c_, false, scratch_.raw()); }

 private:
  static std::size_t bytes(const Tensor& a, const Tensor& b) {
    return capstan::kernels::product_scratch_bytes(a.shape()[0], b.shape()[1], a.shape()[1], a.dtype());
  }
  template <class E>
  static capstan::kernels::Matrix<E> matrix(const Tensor& x) {
    return {static_cast<E*>(x.raw()), x.shape()[0], x.shape()[1], x.strides()[0], x.strides()[1]};
  }

  Tensor scratch_;
  capstan::kernels::Matrix<const T> a_, b_;
  capstan::kernels::Matrix<T> c_;
};

class OneDnn {
 public:
  OneDnn(const Tensor& a, const Tensor& b, Tensor& c) {
    const dnnl::memory::desc a_desc = desc(a), b_desc = desc(b), c_desc = desc(c);
    const dnnl::matmul::primitive_desc how{dnnl::matmul::desc{a_desc, b_desc, c_desc}, engine_};
    primitive_ = dnnl::matmul{how};
    arguments_ = {{DNNL_ARG_SRC, dnnl::memory{a_desc, engine_, a.raw()}},
                  {DNNL_ARG_WEIGHTS, dnnl::memory{b_desc, engine_, b.raw()}},
                  {DNNL_ARG_DST, dnnl::memory{c_desc, engine_, c.raw()}}};
  }

  void operator()() const {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  static dnnl::memory::desc desc(const Tensor& x) {
    return {{x.shape()[0], x.shape()[1]}, dnnl::memory::data_type::f32, {x.strides()[0], x.strides()[1]}};
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  mutable dnnl::stream stream_{engine_};
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// OpenBLAS, if the system has it; loaded when first asked for.
class Blas {
 public:
  template <class T>
  using Gemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, T alpha, const T* a, int lda,
                        const T* b, int ldb, T beta, T* c, int ldc);

  static bool is_present() { return library() != nullptr; }

  template <class T>
  static std::function<void()> product(const Tensor& a, const Tensor& b, Tensor& c) {
    const auto gemm =
        reinterpret_cast<Gemm<T>>(dlsym(library(), sizeof(T) == sizeof(float) ? "cblas_sgemm" : "cblas_dgemm"));
    constexpr int row_major = 101, plain = 111, transposed = 112;
    const bool ta = a.strides()[1] != 1, tb = b.strides()[1] != 1;
    const auto size = [](const Tensor& x, std::size_t axis) { return static_cast<int>(x.shape()[axis]); };
    const auto leading = [](const Tensor& x, bool t) { return static_cast<int>(x.strides()[t ? 1 : 0]); };
    const int m = size(a, 0), n = size(b, 1), k = size(a, 1), lda = leading(a, ta), ldb = leading(b, tb);
    const auto data = [](const Tensor& x) { return static_cast<T*>(x.raw()); };
    return [=, x = data(a), y = data(b), z = data(c)] {
      gemm(row_major, ta ? transposed : plain, tb ? transposed : plain, m, n, k, T(1), x, lda, y, ldb, T(0), z, n);
    };
  }

 private:
  static void* library() {
    static void* const handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    return handle;
  }
};

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

void print_head(std::string_view dtype, bool has_dnn) {
  fmt::print("\n{:<34}{:>11}{:>10}", dtype, "ours", "GFLOP/s");
  if (has_dnn) fmt::print("{:>12}{:>8}", "oneDNN", "ratio");
  if (Blas::is_present()) fmt::print("{:>12}{:>8}", "OpenBLAS", "ratio");
  fmt::print("\n");
}

void print_row(const std::string& name, double flops, const std::vector<Timing>& timings) {
  fmt::print("{:<34}{:>8.2f} µs{:>10.1f}", name, timings[0].seconds * 1e6, flops / timings[0].seconds * 1e-9);
  for (std::size_t i = 1; i < timings.size(); ++i) {
    fmt::print("{:>9.2f} µs{:>8.2f}", timings[i].seconds * 1e6, timings[i].ratio);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

template <class T>
std::vector<Timing> measure(const Case& c, const Effort& effort) {
  capstan::Rng rng{1};
  const DType dtype = capstan::dtype_of<T>();
  const Tensor a = operand(c.m, c.k, c.a, dtype, rng), b = operand(c.k, c.n, c.b, dtype, rng);
  Tensor ours = Tensor::zeros({c.m, c.n}, dtype), dnn = ours.copy(), blas = ours.copy();
  std::vector<std::function<void()>> contestants{Ours<T>{a, b, ours}};
  if (dtype == DType::f32) contestants.emplace_back(OneDnn{a, b, dnn});
  if (Blas::is_present()) contestants.push_back(Blas::product<T>(a, b, blas));
  for (const auto& run : contestants) run();
  if (dtype == DType::f32) check_equal(c, "oneDNN", ours, dnn);
  if (Blas::is_present()) check_equal(c, "OpenBLAS", ours, blas);
  const std::vector<Timing> timings = race(contestants, effort);
  print_row(c.name, 2.0 * static_cast<double>(c.m * c.n * c.k), timings);
  return timings;
}

/// The products of a step of the net 784-512-512-10. x is a batch as data sets give it: one example a row, transposed.
std::vector<Case> step(std::int64_t batch) {
  const auto b = batch;
  constexpr Lies rows = Lies::by_rows, columns = Lies::by_columns;
  return {{fmt::format("W1·x    (512,784)·(784,{})", b), 512, b, 784, rows, columns},
          {fmt::format("W2·h1   (512,512)·(512,{})", b), 512, b, 512, rows, rows},
          {fmt::format("W3·h2   (10,512)·(512,{})", b), 10, b, 512, rows, rows},
          {fmt::format("dz3·h2ᵀ (10,{0})·({0},512)", b), 10, 512, b, rows, columns},
          {fmt::format("W3ᵀ·dz3 (512,10)·(10,{})", b), 512, b, 10, columns, rows},
          {fmt::format("dz2·h1ᵀ (512,{0})·({0},512)", b), 512, 512, b, rows, columns},
          {fmt::format("W2ᵀ·dz2 (512,512)·(512,{})", b), 512, b, 512, columns, rows},
          {fmt::format("dz1·xᵀ  (512,{0})·({0},784)", b), 512, 784, b, rows, rows}};
}

std::vector<Case> cubes(bool quick) {
  std::vector<Case> cases;
  for (const std::int64_t n : {512, 128, 32, 16, 8}) cases.push_back({fmt::format("{0}³", n), n, n, n});
  if (quick) return cases;
  cases.push_back({"Xᵀ·w    (60000,784)·(784,1)", 60000, 1, 784});
  cases.push_back({"X·dz    (784,60000)·(60000,1)", 784, 1, 60000, Lies::by_columns});
  return cases;
}

bench::Record record_of(std::string_view dtype, std::string variant, const std::vector<Timing>& timings) {
  return {.workload = fmt::format("product, {}", dtype),
          .variant = std::move(variant),
          .threads = 1,
          .unit = "µs",
          .ours = timings[0].seconds * 1e6,
          .floor = timings[1].seconds * 1e6,
          .ratio_floor = timings[1].ratio,
          .target = 1.15,
          .floor_name = dtype == "f32" ? "oneDNN" : "OpenBLAS"};
}

/// The step's products at one batch size, and the sum of their times.
template <class T>
std::vector<Timing> step_rows(std::int64_t batch, const Effort& effort) {
  std::vector<Timing> sum;
  double flops = 0.0;
  for (const Case& c : step(batch)) {
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
  const bool has_dnn = std::is_same_v<T, float>;
  const std::string_view dtype = capstan::name_of(capstan::dtype_of<T>());
  const Effort effort = quick ? Effort{1, 0.0} : Effort{21, 2e-3};
  print_head(dtype, has_dnn);
  const auto keep = [&](const std::string& name, const std::vector<Timing>& timings) {
    if (timings.size() > 1) records.push_back(record_of(dtype, name, timings));
  };
  for (const std::int64_t batch : {32, 128, 512}) {
    if (quick && batch != 32) continue;
    keep(fmt::format("the eight of W2, batch {}", batch), step_rows<T>(batch, effort));
  }
  for (const Case& c : cubes(quick)) keep(c.name, measure<T>(c, effort));
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options =
      bench::parse_options(argc, argv, "The built-in product of matrices against oneDNN and OpenBLAS, on one thread");
  std::vector<bench::Record> records;
  try {
    bench::fix_environment(argv);
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
