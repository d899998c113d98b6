// Which products and groups run as a stream, and that nobody can tell from the results.
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan.hpp"
#include "same_bits.hpp"
#include "tape_state.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::Matchers::Contains;

namespace {

Tensor numbers(const Shape& shape, DType dtype, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

std::size_t streams(const Tape& tape) {
  std::size_t count = 0;
  for (const Plan* plan : tape.state().plans_run()) count += plan->streams.size();
  return count;
}

/// Examples as columns or as rows, and in what order they lie in memory.
struct Examples {
  std::int64_t count, features;
  DType dtype;
  bool in_columns, one_by_one;
};

Tensor matrix(const Examples& e, std::int64_t rows, std::int64_t columns, bool by_rows) {
  return by_rows ? numbers({rows, columns}, e.dtype, 1) : numbers({columns, rows}, e.dtype, 1).transpose();
}

/// What a step of logistic regression gives: cost, and gradients of weight and bias.
std::vector<Tensor> logistic(Tape& tape, const Examples& e) {
  const std::int64_t m = e.count, n = e.features;
  const Var x = tape.constant(e.in_columns ? matrix(e, n, m, !e.one_by_one) : matrix(e, m, n, e.one_by_one));
  const Shape across = e.in_columns ? Shape{1, n} : Shape{n, 1}, along = e.in_columns ? Shape{1, m} : Shape{m, 1};
  const Var w = tape.variable(numbers(across, e.dtype, 2), "w");
  const Var b = tape.variable(numbers({1, 1}, e.dtype, 3), "b");
  const Tensor y = Tensor::ones(along, e.dtype);
  const Var z = (e.in_columns ? matmul(w, x) : matmul(x, w)) + b;
  const Var cost = binary_cross_entropy_with_logits(z, y);
  const Gradients d = tape.backward(cost);
  return {cost.value(), d[w], d[b]};
}

void check_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

}  // namespace

TEST_CASE("a step of logistic regression reads its examples once, to the same bits") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t count : {8192, 12'289}) {
      for (const bool in_columns : {true, false}) {
        for (const bool one_by_one : {true, false}) {
          const Examples examples{count, 83, dtype, in_columns, one_by_one};
          INFO(name_of(dtype) << ", " << count << ", " << in_columns << one_by_one);
          Tape eager{{.eager = true}};
          const std::vector<Tensor> expected = logistic(eager, examples);
          for (const int threads : {1, 2, 3, 7}) {
            const Threads limit{threads};
            Tape tape;
            check_same(logistic(tape, examples), expected);
            CHECK(streams(tape) == 1);
          }
        }
      }
    }
  }
}

TEST_CASE("values of a stream that are kept are whole") {
  const auto values = [](Tape& tape) {
    const Var x = tape.constant(numbers({100, 9000}, DType::f32, 1));
    const Var w = tape.variable(numbers({1, 100}, DType::f32, 2), "w");
    const Var z = matmul(w, x), a = tanh(z);
    tape.keep(z);
    tape.keep(a);
    const Gradients d = tape.backward(mean(square(a)));
    return std::vector<Tensor>{d[w], z.value(), a.value()};
  };
  Tape tape, eager{{.eager = true}};
  check_same(values(tape), values(eager));
}

TEST_CASE("a matrix that the plan itself makes is streamed as well, and other memory stays as it is") {
  const auto values = [](Tape& tape) {
    const Var x = tape.variable(numbers({100, 9000}, DType::f32, 1), "x");
    const Var w = tape.variable(numbers({1, 100}, DType::f32, 2), "w");
    const Var h = tanh(x * 0.5);
    const Gradients d = tape.backward(sum(square(sigmoid(matmul(w, h)) - 0.25)));
    return std::vector<Tensor>{d[w], d[x]};
  };
  Tape tape, eager{{.eager = true}};
  check_same(values(tape), values(eager));
}

TEST_CASE("a repeated stream follows its operands") {
  Tape tape;
  Parameter w{"w", Tensor::zeros({1, 100})};
  for (int step = 1; step <= 4; ++step) {
    tape.rewind();
    const Var x = tape.constant(numbers({100, 9000}, DType::f32, static_cast<std::uint64_t>(step)));
    const Gradients d = tape.backward(mean(square(matmul(w, x) - 1.0)));
    Tape eager{{.eager = true}};
    const Var again = eager.constant(numbers({100, 9000}, DType::f32, static_cast<std::uint64_t>(step)));
    const Gradients expected = eager.backward(mean(square(matmul(w, again) - 1.0)));
    CHECK(same_bits(d[w], expected[w]));
    w.assign(numbers({1, 100}, DType::f32, static_cast<std::uint64_t>(step) + 10));
  }
}

TEST_CASE("what is near anyway, or does not come in pieces, is no stream") {
  const auto streams_of = [](std::int64_t features, std::int64_t count, auto&& loss) {
    Tape tape;
    const Var x = tape.constant(numbers({features, count}, DType::f32, 1));
    const Var w = tape.variable(numbers({1, features}, DType::f32, 2), "w");
    const Var z = matmul(w, x);
    (void)tape.backward(loss(z));
    return streams(tape);
  };
  const auto squares = [](const Var& z) { return mean(square(z - 1.0)); };
  CHECK(streams_of(100, 9000, squares) == 1);
  CHECK(streams_of(100, 4096, squares) == 0);     // one stretch
  CHECK(streams_of(20, 9000, squares) == 0);      // sums too short
  CHECK(streams_of(20'000, 5000, squares) == 0);  // features too many for a cache
  CHECK(streams_of(100, 9000, [](const Var& z) { return sum(square(z - mean(z))); }) == 0);  // waits for all of z
}

TEST_CASE("explain shows a stream") {
  Tape tape;
  (void)logistic(tape, {9000, 100, DType::f32, true, true});
  const std::string text = tape.explain();
  INFO(text);
  CHECK_THAT(text, Contains("a stream of the next 3, 512 elements at a time"));
  CHECK_THAT(text, Contains("constant (100, 9000) while it is near"));
}
