// Ways to run a tape that must not show in the results: eager, for inference, over an old recording, over leaves that
// lie with strides.
#include <cmath>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "least_budget.hpp"
#include "same_bits.hpp"
#include "samples/sample.hpp"
#include "threads.hpp"

using namespace capstan;
using samples::Case;
using samples::Results;

namespace {

std::vector<Tensor> cast(const std::vector<Tensor>& inputs, DType dtype) {
  std::vector<Tensor> result;
  for (const Tensor& input : inputs) result.push_back(input.cast(dtype));
  return result;
}

void check_same(const Results& a, const Results& b) {
  CHECK(same_bits(a.value, b.value));
  REQUIRE(a.gradients.size() == b.gradients.size());
  for (std::size_t k = 0; k < a.gradients.size(); ++k) {
    INFO("the gradient of input " << k);
    CHECK(same_bits(a.gradients[k], b.gradients[k]));
  }
}

/// The same numbers, in memory that is walked through in the opposite order of axes and with gaps.
Tensor scattered(const Tensor& x) {
  std::vector<std::int64_t> extents;
  for (std::size_t i = x.rank(); i-- > 0;) extents.push_back(2 * x.shape()[i] + 1);
  Tensor memory = Tensor::full(Shape{extents}, 99.0, x.dtype()).transpose();
  for (std::size_t i = 0; i < x.rank(); ++i) {
    memory = memory.slice({.axis = static_cast<std::int64_t>(i), .start = 1, .step = 2});
  }
  memory.assign(x);
  return memory;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor left = a.copy(), right = b.copy();
  double worst = 0.0;
  for (std::size_t i = 0; i < left.data<double>().size(); ++i) {
    const double difference = std::fabs(left.data<double>()[i] - right.data<double>()[i]);
    worst = difference <= worst ? worst : difference;
  }
  return worst;
}

}  // namespace

// An eager tape computes each node by itself: it fuses nothing.
TEST_CASE("an eager tape gives the same bits as a planned one, for every operation") {
  for (const Case& sample : samples::cases()) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const std::vector<Tensor> inputs = cast(sample.inputs, dtype);
      INFO(sample.name());
      check_same(results(sample, inputs), results(sample, inputs, {.eager = true}));
    }
  }
}

TEST_CASE("any number of threads gives the same bits, for every operation") {
  const Threads some{7};
  std::vector<Case> all = samples::large_cases();
  all.insert(all.end(), samples::cases().begin(), samples::cases().end());
  for (const Case& sample : all) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const std::vector<Tensor> inputs = cast(sample.inputs, dtype);
      const Results alone = results(sample, inputs, {.threads = 1});
      for (const int threads : {2, 3, 4, 7}) {
        INFO(sample.name() << ", " << threads << " threads");
        check_same(results(sample, inputs, {.threads = threads}), alone);
      }
    }
  }
}

TEST_CASE("a tape with the smallest budget gives the same bits as one without, for every operation") {
  for (const Case& sample : samples::cases()) {
    const auto gradients = [&](Tape& tape) {
      std::vector<Var> x;
      for (const Tensor& input : sample.inputs) x.push_back(tape.variable(input) * 0.5);
      const Var y = sample(x);
      const Var cost = sum(square(y * tape.constant(samples::cotangent(y.shape(), 5).cast(y.dtype()))));
      const Gradients all = tape.backward(cost);
      Results got{cost.value(), {}};
      for (const Gradients::Entry& entry : all.entries()) got.gradients.push_back(entry.value());
      return got;
    };
    Tape free, least{{.memory_budget = least_budget(gradients)}};
    INFO(sample.name());
    check_same(gradients(least), gradients(free));
  }
}

TEST_CASE("a tape for inference gives the same bits as one that differentiates, for every operation") {
  for (const Case& sample : samples::cases()) {
    const std::vector<Tensor> inputs = cast(sample.inputs, DType::f32);
    INFO(sample.name());
    CHECK(same_bits(results(sample, inputs).value, results(sample, inputs, {.inference = true}).value));
  }
}

TEST_CASE("recording over an old recording with other numbers leaves nothing of the old ones, for every operation") {
  for (const Case& sample : samples::cases()) {
    Tape tape;
    std::vector<Tensor> values;
    for (const double factor : {-1.0, 1.0, 1.0}) {
      tape.rewind();
      std::vector<Var> x;
      for (const Tensor& input : sample.inputs) {
        Tensor scaled = input.copy();
        for (double& element : scaled.mutable_data<double>()) element *= factor;
        x.push_back(tape.variable(scaled));
      }
      const Var y = sample(x);
      values.push_back(y.value());
      values.push_back(gradient(y, x[0], tape.constant(samples::cotangent(y.shape(), 5))).value());
    }
    const Results fresh = results(sample, sample.inputs);
    INFO(sample.name());
    CHECK(same_bits(values[2], fresh.value));
    CHECK(same_bits(values[3], fresh.gradients[0]));
    CHECK(same_bits(values[4], fresh.value));
    CHECK(same_bits(values[5], fresh.gradients[0]));
  }
}

TEST_CASE("leaves that lie with strides give what their copies give, for every operation") {
  for (const Case& sample : samples::cases()) {
    std::vector<Tensor> strided;
    for (const Tensor& input : sample.inputs) strided.push_back(scattered(input));
    const Results expected = results(sample, sample.inputs), got = results(sample, strided);
    INFO(sample.name());
    CHECK(largest_difference(got.value, expected.value) <= 1e-13);
    for (std::size_t k = 0; k < strided.size(); ++k) {
      CHECK(largest_difference(got.gradients[k], expected.gradients[k]) <= 1e-13);
    }
  }
}

TEST_CASE("looking at a view changes no bit of what is made of it") {
  Rng rng{3};
  const Tensor numbers = Tensor::normal({37, 211}, rng);
  Tape tape, watched;
  const auto record = [&](Tape& on) {
    on.rewind();
    return transpose(exp(on.variable(numbers)));
  };
  const Tensor expected = sum(record(tape), {.axis = 0}).value(), all = mean(record(tape)).value();
  for (int repetition = 0; repetition < 3; ++repetition) {
    const Var x = record(watched);
    x.value();
    CHECK(same_bits(sum(x, {.axis = 0}).value(), expected));
    CHECK(same_bits(mean(x).value(), all));
  }
}
