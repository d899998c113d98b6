// Gradients that are added up over parts of a batch, before one step.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/accumulator.hpp>
#include <capstan/optim/adam.hpp>
#include <capstan/optim/clip.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t examples = 24, parts = 4;

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = DType::f64});
}

struct Problem {
  Parameter w{"w", normal({3, 4}, 1)}, b{"b", normal({3, 1}, 2)};
  Tensor x = normal({4, examples}, 3), y = normal({3, examples}, 4);
  optim::Adam adam{{w, b}, {.learning_rate = 0.01}};
  Tape tape;

  /// The mean over the examples from `first` on.
  Gradients gradients(std::int64_t first, std::int64_t count) {
    const SliceOptions part{.axis = 1, .start = first, .stop = first + count};
    tape.rewind();
    const Var miss = matmul(w, tape.constant(x.slice(part))) + b - tape.constant(y.slice(part));
    return tape.backward(mean(square(miss)));
  }
  void add_parts(optim::Accumulator& sum) {
    for (std::int64_t part = 0; part < parts; ++part) sum.add(gradients(part * examples / parts, examples / parts));
  }
};

double difference(const Tensor& a, const Tensor& b) {
  double largest = 0.0;
  for (std::int64_t i = 0; i < a.shape()[0]; ++i) {
    for (std::int64_t j = 0; j < a.shape()[1]; ++j) largest = std::max(largest, std::fabs(a.at({i, j}) - b.at({i, j})));
  }
  return largest;
}

}  // namespace

TEST_CASE("The mean of the gradients of micro-batches trains as the gradients of the whole batch, to rounding") {
  Problem whole, cut, added;
  optim::Accumulator sum;
  for (int step = 0; step < 100; ++step) {
    whole.adam.step(whole.gradients(0, examples));
    cut.add_parts(sum);
    CHECK(sum.count() == parts);
    cut.adam.step(sum.mean());
    CHECK(sum.count() == 0);
    Gradients all = added.gradients(0, examples / parts);  // by hand
    for (std::int64_t part = 1; part < parts; ++part) all += added.gradients(part * examples / parts, examples / parts);
    all *= 1.0 / static_cast<double>(parts);
    added.adam.step(all);
  }
  CHECK(difference(whole.w.value(), cut.w.value()) < 1e-10);
  CHECK(difference(whole.b.value(), cut.b.value()) < 1e-10);
  CHECK(same_bits(added.w.value(), cut.w.value()));
  CHECK(same_bits(added.b.value(), cut.b.value()));
}

TEST_CASE("Adding up gradients of micro-batches, clipping and a step allocate nothing once they are repeated") {
  Problem problem;
  optim::Accumulator sum;
  const auto step = [&] {
    problem.add_parts(sum);
    Gradients& mean = sum.mean();
    optim::clip_norm(mean, 0.1);
    problem.adam.step(mean);
  };
  for (int i = 0; i < 4; ++i) step();
  const std::uint64_t before = counting_new::calls();
  for (int i = 0; i < 5; ++i) step();
  const std::uint64_t calls = counting_new::calls() - before;
  if (counting_new::works) CHECK(calls == 0);
}

TEST_CASE("A copy of a mean stays as it is, and other parameters begin a sum anew") {
  Problem problem;
  optim::Accumulator sum;
  problem.add_parts(sum);
  const Gradients kept = sum.mean();
  const Tensor before = kept[problem.w].copy();
  problem.adam.step(kept);
  problem.add_parts(sum);
  const Gradients& next = sum.mean();
  CHECK(same_bits(kept[problem.w], before));
  CHECK_FALSE(same_bits(next[problem.w], before));

  const Parameter other{"other", normal({2}, 9)};
  Tape tape;
  sum.add(tape.backward(capstan::sum(square(tape.parameter(other)))));
  const Gradients& alone = sum.mean();
  CHECK(alone.size() == 1);
  CHECK(alone[other].at({0}) == 2.0 * other.value().at({0}));
  CHECK_THROWS_AS(sum.mean(), ValueError);
  CHECK_THROWS_WITH(sum.mean(),
                    Catch::ContainsSubstring("Accumulator: a mean needs gradients that were added, got none\n"
                                             "  at accumulation_test.cpp:"));
}
