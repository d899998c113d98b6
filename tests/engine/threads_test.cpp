// Threads: the same bits for any number of them.
#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <fmt/core.h>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::Matchers::Contains;

namespace {

/// Checks that `values` gives the same bits for any number of threads.
template <class F>
void check_for_threads(const std::string& what, F values) {
  std::vector<Tensor> alone;
  {
    const Threads one{1};
    alone = values();
  }
  for (const int count : {2, 3, 4, 7}) {
    const Threads some{count};
    const std::vector<Tensor> together = values();
    REQUIRE(together.size() == alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      INFO(what << ", value " << i << ", " << count << " threads");
      CHECK(same_bits(together[i], alone[i]));
    }
  }
}

/// The calling thread's way to compute with floating-point numbers while an object lives.
class FloatingPoint {
 public:
  explicit FloatingPoint(int rounding, bool flush_to_zero = false) {
    std::fegetenv(&before_);
    std::fesetround(rounding);
#if defined(__x86_64__)
    constexpr unsigned flush = 0x8000, denormals_are_zero = 0x40;
    if (flush_to_zero) _mm_setcsr(_mm_getcsr() | flush | denormals_are_zero);
#else
    (void)flush_to_zero;
#endif
  }
  FloatingPoint(const FloatingPoint&) = delete;
  FloatingPoint& operator=(const FloatingPoint&) = delete;
  ~FloatingPoint() { std::fesetenv(&before_); }

 private:
  std::fenv_t before_{};
};

/// 0, 1, 2, … in turn, below a number.
Tensor remainders(std::int64_t count, std::int64_t below) {
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<std::int32_t>(i % below));
  return Tensor::from(std::span<const std::int32_t>{numbers}, {count});
}

/// Groups of every kind: columns and rows broadcast, folded along either axis and along both, forward and backward.
std::vector<Tensor> work(const Shape& shape, DType dtype, const TapeOptions& options) {
  Rng rng{3};
  Tape tape{options};
  const Var x = tape.variable(Tensor::normal(shape, rng, {.dtype = dtype}), "x");
  const Var row = tape.variable(Tensor::normal({1, shape[1]}, rng, {.dtype = dtype}), "row");
  const Var column = tape.variable(Tensor::normal({shape[0], 1}, rng, {.dtype = dtype}), "column");
  const Var y = tanh(x * column + row) * x;
  const Var z = sigmoid(y - row);
  const Var loss = sum(z * y) + mean(z) + sum(sum(y, {.axis = 0}) * 0.5) + sum(max(tanh(z), {.axis = 1})) +
                   sum(sum(square(z), {.axis = 1}));
  const Gradients g = tape.backward(loss);
  return {loss.value(), g[x], g[row], g[column], sum(y * 2.0, {.axis = 1}).value(), mean(z + x, {.axis = 0}).value()};
}

}  // namespace

TEST_CASE("results are the same bits for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Shape& shape : {Shape{1024, 1024}, Shape{700, 300}, Shape{3, 50'000}, Shape{50'000, 3}, Shape{900, 16},
                               Shape{65, 2049}, Shape{1, 7}, Shape{1500, 999}, Shape{400, 1000}}) {
      std::vector<Tensor> alone;
      {
        const Threads one{1};
        alone = work(shape, dtype, {});
      }
      for (const int count : {2, 3, 4, 7}) {
        const Threads some{count};
        for (const int limit : {0, 2}) {
          const std::vector<Tensor> together = work(shape, dtype, {.threads = limit});
          for (std::size_t i = 0; i < alone.size(); ++i) {
            INFO("shape " << to_string(shape) << ", value " << i << ", " << count << " threads");
            CHECK(same_bits(together[i], alone[i]));
          }
        }
      }
    }
  }
}

TEST_CASE("groups of several tiles give the same bits as their ops one by one") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Shape& shape : {Shape{130, 1024}, Shape{70, 30}, Shape{3, 5000}, Shape{5000, 3}, Shape{90, 16},
                               Shape{65, 2049}, Shape{2, 1}, Shape{1, 2}, Shape{300, 999}, Shape{20, 1500}}) {
      const std::vector<Tensor> fused = work(shape, dtype, {}), single = work(shape, dtype, {.eager = true});
      for (std::size_t i = 0; i < fused.size(); ++i) {
        INFO("shape " << to_string(shape) << ", value " << i);
        CHECK(same_bits(fused[i], single[i]));
      }
    }
  }
}

TEST_CASE("folds of rows, of columns and of everything close one group, whatever its extents") {
  const auto folds = [](const Shape& shape, const TapeOptions& options) {
    Rng rng{6};
    Tape tape{options};
    const Var x = tanh(tape.constant(Tensor::normal(shape, rng)));
    const Var all = sum(x), columns = sum(x, {.axis = 0}), rows = max(x, {.axis = 1}),
              cost = all + sum(columns) + sum(rows);
    for (const Var& kept : {all, columns, rows}) tape.keep(kept);
    (void)cost.value();
    return std::vector<Tensor>{cost.value(), all.value(), columns.value(), rows.value()};
  };
  const Threads some{3};
  for (const std::int64_t rows : {2, 3, 7, 11, 20, 40, 90, 1500}) {
    for (const std::int64_t columns : {2, 3, 10, 40, 93, 257, 300, 1000, 1500}) {
      const Shape shape{rows, columns};
      const std::vector<Tensor> eager = folds(shape, {.eager = true});
      for (const int threads : {1, 3}) {
        const std::vector<Tensor> fused = folds(shape, {.threads = threads});
        INFO("shape " << to_string(shape) << ", " << threads << " threads");
        for (std::size_t i = 0; i < fused.size(); ++i) CHECK(same_bits(fused[i], eager[i]));
      }
    }
  }
}

TEST_CASE("all threads compute in the floating-point mode of the one that asks") {
  constexpr int count = 4;
  const Threads some{count};
  struct Results {
    float third, minus_third, tiny;
    long double wide_third;
    int rounding;
  };
  // Each block waits for the others, so that every thread has one; not for ever, since the pool does not promise it.
  const auto compute = [] {
    std::vector<Results> results(count);
    std::atomic<int> begun{0};
    const auto enough = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
    parallel_for(count, count, [&](std::int64_t block, int) {
      ++begun;
      while (begun < count && std::chrono::steady_clock::now() < enough) std::this_thread::yield();
      const volatile float one = 1.0F, three = 3.0F, small = 1e-30F, smaller = 1e-10F;
      const volatile long double wide_one = 1.0L;
      results[static_cast<std::size_t>(block)] = {one / three, -one / three, small * smaller, wide_one / 3,
                                                  std::fegetround()};
    });
    for (const Results& r : results) {
      CHECK(r.third == results[0].third);
      CHECK(r.minus_third == results[0].minus_third);
      CHECK(r.tiny == results[0].tiny);
      CHECK(r.wide_third == results[0].wide_third);
      CHECK(r.rounding == std::fegetround());
    }
    return results[0];
  };
  for (int round = 0; round < 3; ++round) {
    CHECK(compute().tiny > 0.0F);
    for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
      const FloatingPoint mode{rounding};
      const Results r = compute();
      CHECK((r.third > -r.minus_third) == (rounding == FE_UPWARD));
      CHECK((r.third < -r.minus_third) == (rounding == FE_DOWNWARD));
    }
#if defined(__x86_64__)
    const FloatingPoint mode{FE_TONEAREST, true};
    CHECK(compute().tiny == 0.0F);
#endif
  }
}

TEST_CASE("results are the same bits for any number of threads in every floating-point mode") {
  const auto in_mode = [](int rounding, bool flush_to_zero) {
    return [=] {
      (void)work({256, 512}, DType::f32, {});  // the threads begin in the usual mode
      const FloatingPoint mode{rounding, flush_to_zero};
      std::vector<Tensor> values = work({256, 512}, DType::f32, {});
      Tape tape;
      const Var x = tape.constant(Tensor::full({1 << 20}, 1e-30)), y = tape.constant(Tensor::full({256, 512}, 0.1));
      values.push_back((x * 1e-10F).value());
      values.push_back(matmul(y, transpose(y)).value());
      values.push_back(sum(y, {.axis = 1}).value());
      return values;
    };
  };
  check_for_threads("upward", in_mode(FE_UPWARD, false));
  check_for_threads("downward", in_mode(FE_DOWNWARD, false));
  check_for_threads("flushed to zero", in_mode(FE_TONEAREST, true));
}

TEST_CASE("0 threads stands for as many as the processor runs at once") {
  const Threads restored{3};
  set_threads(0);
  CHECK(threads() == std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

TEST_CASE("numbers of threads out of range are refused") {
  const int before = threads();
  CHECK_THROWS_WITH(set_threads(-1), Contains("set_threads: count must be between 0 and 1024, got -1"));
  CHECK_THROWS_AS(set_threads(1025), ValueError);
  CHECK_THROWS_WITH(Tape({.threads = -1}), Contains("Tape: threads must not be negative, got -1"));
  CHECK_THROWS_WITH(Tape({.threads = 1025}), Contains("Tape: threads must be at most 1024, got 1025"));
  CHECK(threads() == before);
}

TEST_CASE("products are the same bits for any number of threads") {
  struct Sizes {
    std::int64_t m, k, n;
  };
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Sizes s : {Sizes{512, 784, 129}, Sizes{512, 260, 600}, Sizes{1030, 200, 512}, Sizes{70, 600, 701},
                          Sizes{10, 512, 1030}, Sizes{1, 700, 3000}, Sizes{3001, 700, 1}, Sizes{300, 5, 900}}) {
      const auto products = [&] {
        Rng rng{5};
        Tape tape;
        const Var a = tape.constant(Tensor::normal({s.m, s.k}, rng, {.dtype = dtype}));
        const Var b = tape.constant(Tensor::normal({s.k, s.n}, rng, {.dtype = dtype}));
        const Var bt = tape.constant(Tensor::normal({s.n, s.k}, rng, {.dtype = dtype}));
        const Var at = tape.constant(Tensor::normal({s.k, s.m}, rng, {.dtype = dtype}));
        return std::vector<Tensor>{matmul(a, b).value(), matmul(a, transpose(bt)).value(),
                                   matmul(transpose(at), b).value(), matmul(transpose(at), transpose(bt)).value()};
      };
      check_for_threads(fmt::format("({}, {})·({}, {})", s.m, s.k, s.k, s.n), products);
    }
  }
}

TEST_CASE("stacks of products are the same bits for any number of threads") {
  struct Factors {
    Shape a, b;
  };
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const auto& [a, b] : {Factors{{40, 64, 70}, {40, 70, 64}}, Factors{{2, 500, 300}, {300, 400}},
                               Factors{{3, 1, 130, 200}, {5, 200, 140}}, Factors{{3001, 4, 5}, {3001, 5, 4}},
                               Factors{{90, 300, 70}, {70}}, Factors{{2000}, {3, 2000, 700}}}) {
      check_for_threads(fmt::format("{}·{}", to_string(a), to_string(b)), [&, &left = a, &right = b] {
        Rng rng{5};
        Tape tape;
        const Var w = tape.constant(Tensor::normal(left, rng, {.dtype = dtype}));
        const Var x = tape.constant(Tensor::normal(right, rng, {.dtype = dtype}));
        return std::vector<Tensor>{matmul(w, x).value()};
      });
    }
  }
}

TEST_CASE("reductions by themselves are the same bits for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Shape& shape : {Shape{300'001}, Shape{1024, 1024}, Shape{3, 200'000}, Shape{200'000, 3},
                               Shape{2, 700, 300}, Shape{9000, 40}}) {
      check_for_threads(to_string(shape), [&] {
        Rng rng{5};
        Tape tape;
        const Var x = tape.constant(Tensor::normal(shape, rng, {.dtype = dtype}));
        std::vector<Tensor> values{sum(x).value(), mean(x).value(), max(x).value()};
        for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(shape.rank()); ++axis) {
          values.push_back(sum(x, {.axis = axis}).value());
          values.push_back(mean(transpose(x), {.axis = axis}).value());
        }
        return values;
      });
    }
  }
}

TEST_CASE("copies of views are the same for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    check_for_threads(std::string{name_of(dtype)}, [&] {
      Rng rng{5};
      Tape tape;
      const Var x = tape.constant(Tensor::normal({1501, 707}, rng, {.dtype = dtype}));
      const Var cube = reshape(x, {19, 79, 707});
      return std::vector<Tensor>{transpose(x).value(), slice(x, {.axis = 1, .start = 3, .step = 2}).value(),
                                 transpose(cube, {2, 0, 1}).value(),
                                 broadcast_to(slice(x, {.axis = 0, .start = 0, .stop = 1}), {900, 707}).value()};
    });
  }
}

TEST_CASE("ops that move memory do so alike for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    check_for_threads(std::string{name_of(dtype)}, [&] {
      Rng rng{5};
      Tape tape;
      const Var x = tape.variable(Tensor::normal({1501, 707}, rng, {.dtype = dtype}));
      const Var row = tape.variable(Tensor::normal({1, 1'000'003}, rng, {.dtype = dtype}));
      const Var few = concatenate({x, x * 2.0}, {.axis = 1}), long_row = concatenate({row, row, row}, {.axis = 1});
      std::vector<Tensor> values{few.value(),
                                 long_row.value(),
                                 concatenate({x, x}, {.axis = 0}).value(),
                                 cast(x, DType::f32).value(),
                                 cast(x, DType::f64).value(),
                                 cast(cast(x, DType::i32), dtype).value()};
      for (const SliceOptions& part : {SliceOptions{.axis = 0, .start = 100, .stop = 1400, .step = 1},
                                       SliceOptions{.axis = 0, .start = 1, .stop = 1500, .step = 3},
                                       SliceOptions{.axis = 1, .start = 13, .stop = 600, .step = 1},
                                       SliceOptions{.axis = 1, .start = 2, .stop = 700, .step = 5}}) {
        values.push_back(gradient(sum(square(slice(x, part))), x).value());
      }
      for (const std::int64_t step : {1, 7}) {
        const SliceOptions part{.axis = 1, .start = 5, .stop = 900'000, .step = step};
        values.push_back(gradient(sum(square(slice(row, part))), row).value());
      }
      return values;
    });
  }
}

TEST_CASE("softmax and losses over classes are the same bits for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Shape& shape : {Shape{10, 20'011}, Shape{3000, 70}, Shape{70, 3001}, Shape{200'001, 1}}) {
      check_for_threads(to_string(shape), [&] {
        Rng rng{7};
        Tape tape;
        const Var z = tape.variable(Tensor::normal(shape, rng, {.dtype = dtype}));
        const Var certain = softmax(tape.variable(Tensor::normal(shape, rng, {.dtype = dtype})), {.axis = 0});
        std::vector<Tensor> values;
        for (const std::int64_t axis : {0, 1}) {
          const Var p = softmax(z, {.axis = axis});
          values.push_back(p.value());
          values.push_back(gradient(sum(square(p)), z).value());
          values.push_back(log_softmax(z, {.axis = axis}).value());
          values.push_back(log_sum_exp(z, {.axis = axis}).value());
        }
        const Tensor classes = remainders(shape[1], shape[0]);
        for (const Var& loss :
             {cross_entropy(z, classes), cross_entropy(z, certain), categorical_cross_entropy(sigmoid(z), classes)}) {
          values.push_back(loss.value());
          values.push_back(gradient(loss, z).value());
        }
        return values;
      });
    }
  }
}
