// Two tapes in two threads, each training a model of its own beside a parameter that both read. What they share of ours
// – operations, kernels, the shared parameter – must not make one thread notice the other; ThreadSanitizer watches.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

constexpr int steps = 40;

/// Costs of every step, then what the parameters became.
using Trace = std::vector<Tensor>;

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.stddev = 0.3});
}

/// A regression that looks at features through the shared parameter.
Trace train_regression(const Parameter& shared) {
  Parameter w{"w", normal({1, 12}, 1)}, b{"b", Tensor::zeros({1, 1})};
  optim::Sgd descent{{w, b}, {.learning_rate = 0.05, .momentum = 0.9}};
  const Tensor x = normal({8, 50}, 2), y = normal({1, 50}, 3);
  Trace trace;
  Tape tape;
  for (int step = 0; step < steps; ++step) {
    tape.rewind();
    const Var hidden = tanh(matmul(shared, tape.constant(x)));
    const Var cost = mean_squared_error(matmul(w, hidden) + b, y);
    descent.step(tape.backward(cost));
    trace.push_back(cost.value());
  }
  trace.insert(trace.end(), {w.value(), b.value()});
  return trace;
}

/// A classifier with other sizes, another loss and batches of two sizes.
Trace train_classifier(const Parameter& shared) {
  Parameter w1{"W1", normal({16, 12}, 4)}, b1{"b1", Tensor::zeros({16, 1})};
  Parameter w2{"W2", normal({3, 16}, 5)}, b2{"b2", Tensor::zeros({3, 1})};
  optim::Sgd descent{{w1, b1, w2, b2}, {.learning_rate = 0.1}};
  Trace trace;
  Tape tape;
  for (int step = 0; step < steps; ++step) {
    const std::int64_t examples = step % 2 == 0 ? 30 : 20;
    const Tensor x = normal({8, examples}, 6);
    Tensor labels = Tensor::zeros({examples}, DType::i32);
    for (std::int64_t i = 0; i < examples; ++i) labels.set({i}, static_cast<double>(i % 3));
    tape.rewind();
    const Var seen = matmul(shared, tape.constant(x));
    const Var hidden = relu(matmul(w1, seen) + b1);
    const Var cost = cross_entropy(matmul(w2, hidden) + b2, labels);
    descent.step(tape.backward(cost));
    trace.push_back(cost.value());
  }
  trace.insert(trace.end(), {w1.value(), b1.value(), w2.value(), b2.value()});
  return trace;
}

/// Work that is worth several threads.
Trace large_step() {
  const Parameter w{"w", normal({64, 100}, 8)};
  Tape tape;
  const Var x = tape.variable(normal({100, 2000}, 9), "x");
  const Gradients d = tape.backward(sum(tanh(matmul(w, x))) + mean(square(x)));
  return {d[w].copy(), d[x].copy()};
}

void check_same(const Trace& a, const Trace& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

}  // namespace

TEST_CASE("two tapes in two threads that share a parameter give the bits that one thread gives") {
  const Parameter shared{"shared", normal({12, 8}, 7)};
  const Trace regression = train_regression(shared), classifier = train_classifier(shared);
  for (int repetition = 0; repetition < 3; ++repetition) {
    Trace first, second;
    std::thread one{[&] { first = train_regression(shared); }};
    std::thread two{[&] { second = train_classifier(shared); }};
    one.join();
    two.join();
    check_same(first, regression);
    check_same(second, classifier);
  }
}

TEST_CASE("two tapes in two threads may be of the same model") {
  const Parameter shared{"shared", normal({12, 8}, 7)};
  const Trace expected = train_classifier(shared);
  Trace first, second;
  std::thread one{[&] { first = train_classifier(shared); }};
  std::thread two{[&] { second = train_classifier(shared); }};
  one.join();
  two.join();
  check_same(first, expected);
  check_same(second, expected);
}

TEST_CASE("tapes that compute at once share the pool, while its size changes") {
  const Threads some{3};
  const Trace expected = large_step();
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> programs;
  for (int program = 0; program < 3; ++program) {
    programs.emplace_back([&] {
      do {
        const Trace found = large_step();
        for (std::size_t i = 0; i < found.size(); ++i) wrong += same_bits(found[i], expected[i]) ? 0 : 1;
      } while (!done);
    });
  }
  for (int change = 0; change < 20; ++change) {
    set_threads(1 + change % 5);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  done = true;
  for (std::thread& program : programs) program.join();
  CHECK(wrong == 0);
}

TEST_CASE("a user's op may compute with a tape of its own, also on the pool's threads") {
  const Threads some{4};
  const Trace expected = large_step();
  std::atomic<int> wrong = 0, calls = 0;
  const auto forward = [&](const CustomForward& f) {
    if (calls++ < 4) {
      const Trace found = large_step();
      for (std::size_t i = 0; i < found.size(); ++i) wrong += same_bits(found[i], expected[i]) ? 0 : 1;
    }
    std::copy_n(f.input<float>(0).begin(), f.output<float>().size(), f.output<float>().begin());
  };
  for (const bool elementwise : {false, true}) {
    const CustomOp same{{.name = "same", .forward = forward, .elementwise = elementwise}};
    Tape tape;
    const Tensor x = normal({600, 1000}, 10);
    calls = 0;
    const Var y = same(tape.constant(x) * 1.0) * 1.0;
    CHECK(same_bits(y.value(), x));
    CHECK(calls > 0);
  }
  CHECK(wrong == 0);
}
