// A repeated training step takes no memory: from the third repetition on, operator new is not called. Nothing is
// counted under AddressSanitizer and ThreadSanitizer, whose own operator new must stay (counting_new.hpp).
#include <cstdint>
#include <functional>
#include <vector>

#include <capstan/data/batches.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "least_budget.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

constexpr int repetitions = 100;

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.stddev = 0.2});
}

/// Labels 0 … 4 in turn.
Tensor labels(std::int64_t examples) {
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < examples; ++i) numbers.push_back(static_cast<std::int32_t>(i % 5));
  return Tensor::from(std::span<const std::int32_t>{numbers}, {examples});
}

data::Dataset examples(std::int64_t count) { return {.x = normal({20, count}, 9), .y = labels(count)}; }

/// A net of three layers, 20-16-8-5, its optimizer and its tape.
struct Training {
  TapeOptions options = {};
  Parameter w1{"W1", normal({16, 20}, 1)}, b1{"b1", Tensor::zeros({16, 1})};
  Parameter w2{"W2", normal({8, 16}, 2)}, b2{"b2", Tensor::zeros({8, 1})};
  Parameter w3{"W3", normal({5, 8}, 3)}, b3{"b3", Tensor::zeros({5, 1})};
  optim::Sgd descent{{w1, b1, w2, b2, w3, b3}, {.learning_rate = 0.1, .momentum = 0.9}};
  Tape tape{options};

  Var cost(const Tensor& x, const Tensor& y) {
    tape.rewind();
    const Var a1 = relu(matmul(w1, tape.constant(x)) + b1);
    const Var a2 = relu(matmul(w2, a1) + b2);
    return cross_entropy(matmul(w3, a2) + b3, y);
  }
  void step(const Tensor& x, const Tensor& y) { descent.step(tape.backward(cost(x, y))); }
};

/// Calls of operator new in each repetition of a step, counted from 1.
std::vector<std::uint64_t> calls(const std::function<void(int)>& step) {
  std::vector<std::uint64_t> count(repetitions + 1);
  for (int repetition = 1; repetition <= repetitions; ++repetition) {
    const std::uint64_t before = counting_new::calls();
    step(repetition);
    count[repetition] = counting_new::calls() - before;
  }
  return count;
}

/// The last repetition that took memory.
int last_allocation(const std::function<void(int)>& step) {
  const std::vector<std::uint64_t> count = calls(step);
  int last = 0;
  for (int repetition = 1; repetition <= repetitions; ++repetition) {
    if (count[repetition] > 0) last = repetition;
  }
  return last;
}

}  // namespace

TEST_CASE("allocations are counted") {
  if (!counting_new::works) return;
  CHECK(last_allocation([](int) { Tensor::zeros({3}); }) == repetitions);
}

TEST_CASE("a repeated training step allocates nothing from its third repetition on") {
  Training training;
  const Tensor x = normal({20, 32}, 4), y = labels(32);
  CHECK(last_allocation([&](int) { training.step(x, y); }) <= 2);
}

TEST_CASE("a training step within a memory budget allocates nothing from its third repetition on") {
  const Tensor x = normal({20, 32}, 4), y = labels(32);
  std::int64_t least = 0;
  try {
    Training{.options = {.memory_budget = 1}}.step(x, y);
  } catch (const ValueError& error) {
    least = named_budget(error);
  }
  Training training{.options = {.memory_budget = least}}, free;
  CHECK(last_allocation([&](int) { training.step(x, y); }) <= 2);
  for (int step = 0; step < repetitions; ++step) free.step(x, y);
  CHECK_THAT(training.tape.explain(), Catch::Matchers::Contains("again"));
  CHECK(same_bits(training.w1.value(), free.w1.value()));
}

TEST_CASE("a training step that reads its cost allocates nothing from its third repetition on") {
  Training training;
  const Tensor x = normal({20, 32}, 4), y = labels(32);
  double sum = 0.0;
  SECTION("after the gradients") {
    CHECK(last_allocation([&](int) {
            const Var cost = training.cost(x, y);
            const Gradients gradients = training.tape.backward(cost);
            sum += cost.item();
            training.descent.step(gradients);
          }) <= 2);
  }
  SECTION("before the gradients") {
    CHECK(last_allocation([&](int) {
            const Var cost = training.cost(x, y);
            sum += cost.item();
            training.descent.step(training.tape.backward(cost));
          }) <= 2);
  }
  SECTION("after the parameters were written") {
    CHECK(last_allocation([&](int) {
            const Var cost = training.cost(x, y);
            training.descent.step(training.tape.backward(cost));
            sum += cost.item();
          }) <= 2);
  }
  CHECK(sum > 0.0);
}

TEST_CASE("a training step whose gradients share a node allocates nothing from its third repetition on") {
  const Parameter a{"a", normal({16, 20}, 1)}, b{"b", normal({16, 20}, 2)};
  Tape tape;
  double sum_of_costs = 0.0;
  CHECK(last_allocation([&](int) {
          tape.rewind();
          const Var cost = sum(square(tape.parameter(a) + b));
          const Gradients gradients = tape.backward(cost);
          if (gradients[a].raw() == gradients[b].raw()) FAIL("two gradients share memory");
          sum_of_costs += cost.value().item();
        }) <= 2);
  CHECK(sum_of_costs > 0.0);
}

TEST_CASE("gradients that are kept until the next ones are there cost no allocation") {
  Training training;
  const Tensor x = normal({20, 32}, 4), y = labels(32);
  Gradients gradients;
  CHECK(last_allocation([&](int) {
          gradients = training.tape.backward(training.cost(x, y));
          training.descent.step(gradients);
        }) <= 3);  // two sets and two blocks go round
}

TEST_CASE("batches of two sizes in turn allocate nothing from the third repetition of each on") {
  Training training;
  const Tensor x[2] = {normal({20, 32}, 4), normal({20, 20}, 5)};
  const Tensor y[2] = {labels(32), labels(20)};
  CHECK(last_allocation([&](int repetition) { training.step(x[repetition % 2], y[repetition % 2]); }) <= 4);
}

TEST_CASE("a batch that is shorter now and then allocates nothing once its size has come twice") {
  Training training;
  const Tensor x[2] = {normal({20, 32}, 4), normal({20, 20}, 5)};
  const Tensor y[2] = {labels(32), labels(20)};
  CHECK(last_allocation([&](int repetition) {
          const int size = repetition % 5 == 0 ? 1 : 0;
          training.step(x[size], y[size]);
        }) <= 10);
}

TEST_CASE("passes over a data set in batches allocate nothing after the second pass") {
  const data::Dataset train = examples(100);
  Training training;
  data::BatchOptions options{.batch_size = 32};
  SECTION("in order") {}
  SECTION("shuffled") { options.shuffle = true; }
  data::Batches loader = data::batches(train, options);
  CHECK(last_allocation([&](int) {
          for (const data::Batch& batch : loader) training.step(batch.x, batch.y);
        }) <= 2);
}

TEST_CASE("evaluating on a tape for inference allocates nothing from its third repetition on") {
  Training training;
  Tape tape{{.inference = true}};
  const Tensor x = normal({20, 32}, 4);
  double sum = 0.0;
  CHECK(last_allocation([&](int) {
          tape.rewind();
          sum += matmul(training.w3, relu(matmul(training.w2, relu(matmul(training.w1, tape.constant(x))))))
                     .value()
                     .at({0, 0});
        }) <= 2);
}

TEST_CASE("a step on several threads allocates nothing from its third repetition on") {
  const Tensor numbers = normal({300, 1000}, 4), stack = normal({12, 70, 100}, 6), y = labels(3000);
  for (const int count : {2, 3, 7}) {
    const Threads some{count};
    const Parameter w{"W", normal({5, 300}, 1)}, u{"U", normal({100, 90}, 2)}, z{"Z", normal({50, 3000}, 3)};
    optim::Sgd descent{{w, u, z}, {.learning_rate = 0.1}};
    Tape tape;
    INFO(count << " threads");
    CHECK(last_allocation([&](int) {
            tape.rewind();
            const Var x = tape.constant(numbers), logits = tape.parameter(z);
            const Var products = sum(matmul(w, x)) + mean(square(matmul(tape.constant(stack), u)));
            const Var classes = max(softmax(logits, {.axis = 1}) + log_softmax(logits), {.axis = 0});
            const Var copied = sum(reshape(transpose(x), {-1})) + sum(x);
            descent.step(tape.backward(cross_entropy(logits, y) + products + sum(classes) + copied));
          }) <= 2);
  }
}
