// Two tapes in two threads, each training a model of its own beside a parameter that both read. What they share of ours
// – operations, kernels, the shared parameter – must not make one thread notice the other; ThreadSanitizer watches.
#include <thread>
#include <vector>

#include <capstan/graph/rng.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>

#include "catch.hpp"
#include "same_bits.hpp"

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
