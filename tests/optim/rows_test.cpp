// Steps and clipping of row-sparse gradients, which look at their rows alone.
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <new>
#include <source_location>
#include <vector>

#include <capstan/graph/rows.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/clip.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using optim::Sgd;
using optim::SgdOptions;

namespace {

using Indices = std::vector<std::int32_t>;

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

Tensor indices_of(const Indices& indices) { return Tensor::from(indices, {std::ssize(indices)}); }

/// Of Σ slope · rows.
Gradients row_gradients(Tape& tape, const Parameter& table, const Tensor& indices, const Tensor& slope) {
  tape.rewind();
  return tape.backward(
      sum(record_gather_rows(tape.parameter(table), indices, std::source_location::current()) * slope));
}

/// The same, dense.
Gradients whole_gradients(Tape& tape, const Parameter& table, const Tensor& indices, const Tensor& slope) {
  Gradients g = row_gradients(tape, table, indices, slope);
  g.replace(0, g[table].copy());
  return g;
}

const std::vector<SgdOptions> variants{
    {.learning_rate = 0.05},
    {.learning_rate = 0.05, .weight_decay = 0.1},
    {.learning_rate = 0.02, .momentum = 0.9},
    {.learning_rate = 0.02, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.05},
    {.learning_rate = 0.02, .momentum = 0.8, .nesterov = true, .weight_decay = 0.05},
};

}  // namespace

TEST_CASE("A row-sparse gradient moves its rows as a dense one does, and no other") {
  const Tensor indices = indices_of({4, 1, 4, 2}), slope = normal({4, 3}, 2);  // rows 1 and 2 follow each other
  for (const SgdOptions& options : variants) {
    const Tensor start = normal({6, 3}, 1);
    const Parameter a{"a", start}, b{"b", start};
    Sgd sparse{{a}, options}, dense{{b}, options};
    Tape tape;
    for (int step = 0; step < 4; ++step) {
      sparse.step(row_gradients(tape, a, indices, slope));
      dense.step(whole_gradients(tape, b, indices, slope));
    }
    for (const std::int64_t row : {1, 2, 4}) {
      const SliceOptions part{.start = row, .stop = row + 1};
      CHECK(same_bits(a.value().slice(part), b.value().slice(part)));
    }
    for (const std::int64_t row : {0, 3, 5}) {
      const SliceOptions part{.start = row, .stop = row + 1};
      CHECK(same_bits(a.value().slice(part), start.slice(part)));
    }
    CHECK(a.version() == 4);
  }
}

TEST_CASE("Rows that replace those of a gradient may lie in memory in any way") {
  const Tensor start = normal({6, 3}, 1), slope = normal({4, 3}, 2), indices = indices_of({4, 1, 5, 0});
  Tape tape;
  std::vector<Tensor> moved, whole;
  for (const bool turned : {false, true}) {
    Parameter table{"table", start};
    Gradients g = row_gradients(tape, table, indices, slope);
    const Tensor rows = g.sparse(table).rows;
    g.replace(0, turned ? rows.transpose().copy().transpose() : rows);
    Sgd{{table}, {.learning_rate = 0.1}}.step(g);
    moved.push_back(table.value().copy());
    whole.push_back(g[table].copy());
  }
  CHECK(same_bits(moved[0], moved[1]));
  CHECK(same_bits(whole[0], whole[1]));
  CHECK_FALSE(same_bits(moved[0], start));
}

TEST_CASE("Momentum waits for a row until it comes again") {
  const Parameter table{"table", Tensor::zeros({2, 1}, DType::f64)};
  Sgd descent{{table}, {.learning_rate = 1.0, .momentum = 0.5}};
  Tape tape;
  const Tensor slope = Tensor::ones({1, 1}, DType::f64);
  for (const std::int32_t row : {0, 1, 1, 0}) descent.step(row_gradients(tape, table, indices_of({row}), slope));
  CHECK(table.value().at({0, 0}) == -(1.0 + 1.5));
  CHECK(table.value().at({1, 0}) == -(1.0 + 1.5));
  CHECK(descent.state()[1].value.at({0, 0}) == 1.5);
}

TEST_CASE("A row-sparse step has the same bits for any number of threads") {
  Rng rng{3};
  const Tensor numbers = Tensor::uniform({4000}, rng, {.high = 3000.0, .dtype = DType::f64});
  const Tensor indices = numbers.cast(DType::i32), slope = normal({4000, 50}, 2, DType::f32);
  const Tensor start = normal({3000, 50}, 1, DType::f32);
  std::vector<Tensor> found;
  for (const int count : {1, 2, 3}) {
    const Threads limit{count};
    const Parameter table{"table", start}, w{"w", start};
    Sgd descent{{table, w}, {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01}};
    Tape tape;
    for (int step = 0; step < 3; ++step) {
      Gradients g = row_gradients(tape, table, indices, slope);
      g += tape.backward(sum(square(tape.parameter(w))));
      optim::clip_norm(g, 100.0);
      descent.step(g);
    }
    found.push_back(table.value().copy());
  }
  CHECK(same_bits(found[0], found[1]));
  CHECK(same_bits(found[0], found[2]));
}

TEST_CASE("Clipping a row-sparse gradient looks at the summed rows, and leaves it row-sparse") {
  const Parameter table{"table", Tensor::zeros({5, 2}, DType::f64)};
  const Tensor slope = Tensor::from({1.0, 0.0, 0.0, 4.0, 2.0, 0.0}, {3, 2}), indices = indices_of({3, 1, 3});
  Tape tape;
  Gradients g = row_gradients(tape, table, indices, slope);
  CHECK(optim::clip_norm(g, 1.0) == 5.0);
  REQUIRE(g.is_sparse(table));
  CHECK(g[table].at({3, 0}) == Approx(0.6));
  CHECK(g[table].at({1, 1}) == Approx(0.8));
  g = row_gradients(tape, table, indices, slope);
  const Gradients before = g;
  optim::clip_value(g, 3.5);
  REQUIRE(g.is_sparse(table));
  CHECK(g[table].at({3, 0}) == 3.0);
  CHECK(g[table].at({1, 1}) == 3.5);
  CHECK(before[table].at({1, 1}) == 4.0);
}

namespace {

/// Momentum whose memory the test can find.
class Watched final : public optim::OptimizerOf<Watched> {
 public:
  explicit Watched(const Parameter& p)
      : OptimizerOf{{p}, {.name = "Watched", .learning_rate = 0.1, .slots = {{"v"}}}, std::source_location::current()} {
  }
  template <class T>
  void move(const optim::Part<T>& part) {
    for (const optim::Run<T>& x : part) {
      memory = x.slots[0];
      for (std::size_t i = 0; i < x.p.size(); ++i) {
        x.slot(0)[i] = x.slot(0)[i] / 2 + x.dp[i];
        x.p[i] -= static_cast<T>(part.learning_rate) * x.slot(0)[i];
      }
    }
  }
  Tensor memory;
};

/// Makes the pages of a tensor from some byte on unreadable while it lives: whoever touches them ends the program.
class Forbidden {
 public:
  Forbidden(const Tensor& x, std::size_t from) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto first = reinterpret_cast<std::uintptr_t>(x.raw());
    begin_ = (first + from + page - 1) / page * page;
    bytes_ = (first + static_cast<std::size_t>(x.elements()) * size_of(x.dtype())) / page * page - begin_;
    REQUIRE(mprotect(reinterpret_cast<void*>(begin_), bytes_, PROT_NONE) == 0);
  }
  Forbidden(const Forbidden&) = delete;
  Forbidden& operator=(const Forbidden&) = delete;
  ~Forbidden() { mprotect(reinterpret_cast<void*>(begin_), bytes_, PROT_READ | PROT_WRITE); }

 private:
  std::uintptr_t begin_, bytes_;
};

/// Lets the program take so many bytes of memory more while it lives, and no others.
class MostMemory {
 public:
  explicit MostMemory(std::size_t bytes) {
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + bytes;
    REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  }
  MostMemory(const MostMemory&) = delete;
  MostMemory& operator=(const MostMemory&) = delete;
  ~MostMemory() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("A step of a large table touches its rows alone, and takes no memory of the table's size") {
  constexpr std::int64_t rows = 1'000'000, width = 16, seen = 1000;
  constexpr std::size_t seen_bytes = seen * width * sizeof(float), table_bytes = rows * width * sizeof(float);
  const Parameter table{"table", Tensor::zeros({rows, width})};
  Watched descent{table};
  const Tensor slope = normal({64, width}, 2, DType::f32);
  Rng rng{3};
  std::vector<Tensor> batches;
  for (int i = 0; i < 8; ++i)
    batches.push_back(
        Tensor::uniform({64}, rng, {.high = static_cast<double>(seen), .dtype = DType::f64}).cast(DType::i32));
  const Tensor& last = batches.back();
  Tape tape;
  const auto step = [&](const Tensor& batch, double limit) {
    Gradients g = row_gradients(tape, table, batch, slope);
    optim::clip_norm(g, limit);
    optim::clip_value(g, limit / 10.0);
    descent.step(g);
  };
  const MostMemory limit{table_bytes / 2};
  {
    const Forbidden rest_of_table{table.value(), seen_bytes};
    step(batches[0], 1.0);
    const Forbidden rest_of_memory{descent.memory, seen_bytes};
    for (const Tensor& batch : batches) step(batch, 1.0);  // which cuts
    const std::uint64_t before = counting_new::calls();
    for (const Tensor& batch : batches) step(batch, 1e6);
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works) CHECK(calls == 0);
  }
  const std::int64_t row = last.data<std::int32_t>()[0];
  CHECK(table.value().at({row, 0}) != 0.0);
  CHECK(table.value().at({rows - 1, 0}) == 0.0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("not tested: a sanitizer's operator new ends the program where that of the library throws");
#else
  CHECK_THROWS_AS(row_gradients(tape, table, last, slope)[table], std::bad_alloc);  // the limit is one
#endif
}
