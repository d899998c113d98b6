// Which products and groups run as a stream, and that nobody can tell from the results.
#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "least_budget.hpp"
#include "plan/plan.hpp"
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

Tensor matrix(DType dtype, std::int64_t rows, std::int64_t columns, bool by_rows) {
  return by_rows ? numbers({rows, columns}, dtype, 1) : numbers({columns, rows}, dtype, 1).transpose();
}

/// What a step of logistic regression gives: cost, and gradients of weight and bias.
std::vector<Tensor> logistic(Tape& tape, const Examples& e) {
  const std::int64_t m = e.count, n = e.features;
  const Var x =
      tape.constant(e.in_columns ? matrix(e.dtype, n, m, !e.one_by_one) : matrix(e.dtype, m, n, e.one_by_one));
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
    for (const std::int64_t count : {8192, 12'289, 30'000}) {
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
            const std::int64_t stretches = (count + vector_stretch - 1) / vector_stretch;
            CHECK(streams(tape) == (stretches >= threads ? 1 : 0));
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
  Tape tape{{.threads = 1}}, eager{{.eager = true}};
  check_same(values(tape), values(eager));
  CHECK(streams(tape) == 1);
}

TEST_CASE("a matrix that the plan itself makes is streamed as well, and other memory stays as it is") {
  const auto values = [](Tape& tape) {
    const Var x = tape.variable(numbers({100, 9000}, DType::f32, 1), "x");
    const Var w = tape.variable(numbers({1, 100}, DType::f32, 2), "w");
    const Var h = tanh(x * 0.5);
    const Gradients d = tape.backward(sum(square(sigmoid(matmul(w, h)) - 0.25)));
    return std::vector<Tensor>{d[w], d[x]};
  };
  Tape tape{{.threads = 1}}, eager{{.eager = true}};
  check_same(values(tape), values(eager));
  CHECK(streams(tape) == 1);
}

TEST_CASE("a repeated stream follows its operands") {
  Tape tape{{.threads = 1}};
  Parameter w{"w", Tensor::zeros({1, 100})};
  for (int step = 1; step <= 4; ++step) {
    tape.rewind();
    const Var x = tape.constant(numbers({100, 9000}, DType::f32, static_cast<std::uint64_t>(step)));
    const Gradients d = tape.backward(mean(square(matmul(w, x) - 1.0)));
    Tape eager{{.eager = true}};
    const Var again = eager.constant(numbers({100, 9000}, DType::f32, static_cast<std::uint64_t>(step)));
    const Gradients expected = eager.backward(mean(square(matmul(w, again) - 1.0)));
    CHECK(same_bits(d[w], expected[w]));
    CHECK(streams(tape) == 1);
    w.assign(numbers({1, 100}, DType::f32, static_cast<std::uint64_t>(step) + 10));
  }
}

namespace {

using Loss = std::function<Var(const Var& x, const Var& w, const Var& z)>;

/// The values of a loss and of its gradient by w, where z = w·X.
std::vector<Tensor> with_loss(Tape& tape, std::int64_t features, std::int64_t count, const Loss& loss) {
  const Var x = tape.constant(numbers({features, count}, DType::f32, 1));
  const Var w = tape.variable(numbers({1, features}, DType::f32, 2), "w");
  const Var cost = loss(x, w, matmul(w, x));
  const Gradients d = tape.backward(cost);
  return {cost.value(), d[w]};
}

Var squares(const Var&, const Var&, const Var& z) { return mean(square(z - 1.0)); }

}  // namespace

TEST_CASE(
    "products are not streamed if their matrix fits in the cache, or if the vector between them cannot be cut into "
    "strips") {
  const auto streams_of = [](std::int64_t features, std::int64_t count, const Loss& loss, int threads = 1) {
    Tape tape{{.threads = threads}}, eager{{.eager = true}};
    check_same(with_loss(tape, features, count, loss), with_loss(eager, features, count, loss));
    return streams(tape);
  };
  const Threads many{7};
  CHECK(streams_of(100, 9000, squares) == 1);
  CHECK(streams_of(100, 9000, squares, 3) == 1);
  CHECK(streams_of(100, 9000, squares, 4) == 0);  // fewer stretches than threads
  CHECK(streams_of(200, 4096, squares) == 0);     // one stretch
  CHECK(streams_of(60, 9000, squares) == 0);      // sums too short
  CHECK(streams_of(2000, 4100, squares) == 0);    // pieces of too short runs
  CHECK(streams_of(4100, 4100, squares) == 0);    // features too many for a cache
  // All of z is waited for, or one of its elements by those before it.
  CHECK(streams_of(100, 9000, [](const Var&, const Var&, const Var& z) { return sum(square(z - mean(z))); }) == 0);
  const auto last_first = [](Tape& tape) {
    const Var x = tape.constant(numbers({100, 9000}, DType::f32, 1));
    const Var z = matmul(tape.constant(numbers({1, 100}, DType::f32, 2)), x);
    const Var last = slice(z, {.axis = 1, .start = 8999, .stop = 9000});
    return std::vector<Tensor>{matmul(sigmoid(z - last), transpose(x)).value()};
  };
  Tape tape{{.threads = 1}}, eager{{.eager = true}};
  check_same(last_first(tape), last_first(eager));
  CHECK(streams(tape) == 0);
}

TEST_CASE("a loss of several terms streams as well") {
  for (const Loss& loss :
       {Loss{[](const Var&, const Var& w, const Var& z) { return mean(square(z - 1.0)) + 0.01 * sum(square(w)); }},
        Loss{[](const Var&, const Var& w, const Var& z) { return 0.01 * sum(square(w)) + mean(square(z - 1.0)); }},
        Loss{[](const Var&, const Var&, const Var& z) { return mean(square(z)) + mean(abs(z)); }}}) {
    Tape tape{{.threads = 1}}, eager{{.eager = true}};
    check_same(with_loss(tape, 100, 9000, loss), with_loss(eager, 100, 9000, loss));
    CHECK(streams(tape) == 1);
  }
}

TEST_CASE("two models on the same examples are two streams, in one plan") {
  const auto values = [](Tape& tape) {
    const Var x = tape.constant(numbers({100, 9000}, DType::f32, 1));
    const Var v = tape.variable(numbers({1, 100}, DType::f32, 2), "v"),
              w = tape.variable(numbers({1, 100}, DType::f32, 3), "w");
    const Gradients d = tape.backward(mean(square(matmul(v, x) - 1.0)) + mean(square(tanh(matmul(w, x)))));
    return std::vector<Tensor>{d[v], d[w]};
  };
  Tape tape{{.threads = 1}}, eager{{.eager = true}};
  check_same(values(tape), values(eager));
  CHECK(streams(tape) == 2);
  const Plan& plan = *tape.state().plans_run().front();
  const auto is_stream = [](const Instruction& made) { return made.kind == Instruction::Kind::stream; };
  CHECK(std::count_if(plan.instructions.begin(), plan.instructions.end(), is_stream) == 2);
  CHECK_THAT(tape.explain(), Catch::ContainsSubstring("      a stream of "));
}

TEST_CASE("a group after a product that could begin a stream is cut as ever where it has rows, columns or strides") {
  const Shape wide{2, 5000}, square_like{100, 100}, cube{4, 50, 50};
  const auto values = [&](Tape& tape) {
    const Var x = tape.constant(numbers({100, 10'000}, DType::f32, 1));
    const Var w = tape.constant(numbers({1, 100}, DType::f32, 2));
    const Var column = tape.constant(numbers({2, 1}, DType::f32, 3)),
              plane = tape.constant(numbers({4, 1, 1}, DType::f32, 4));
    std::vector<Tensor> found;
    const auto read = [&](const Var& y) { found.push_back(y.value()); };
    const auto z = [&](const Shape& shape) {
      return reshape(matmul(w, x), Extents{std::span<const std::int64_t>{shape.extents()}});
    };
    read(sum(square(z(square_like)), {.axis = 0}));
    read(sum(square(z(square_like)), {.axis = 1}));
    read(sum(square(z(wide)), {.axis = 1}));
    read(tanh(z(wide) + column));
    read(mean(sigmoid(z(cube) + plane), {.axes = {1, 2}}));
    const Var other = tape.constant(numbers({100, 100}, DType::f32, 5));
    const Var product = matmul(w, x);
    read(sum(square(other), {.axis = 1}) + sum(product));
    return found;
  };
  for (const int threads : {1, 2, 3}) {
    const Threads limit{threads};
    Tape tape, eager{{.eager = true}};
    check_same(values(tape), values(eager));
  }
}

TEST_CASE("a streamed matrix may be a view of another, and the vector a column of a matrix") {
  const auto values = [](Tape& tape) {
    const Var all = tape.constant(numbers({90, 9100}, DType::f64, 1));
    const Var x = slice(slice(all, {.axis = 0, .start = 3, .stop = 86}), {.axis = 1, .start = 50, .stop = 9050});
    const Var w = tape.variable(numbers({83, 3}, DType::f64, 2), "w");
    const Var z = matmul(transpose(slice(w, {.axis = 1, .start = 1, .stop = 2})), x);
    const Gradients d = tape.backward(mean(square(z)));
    return std::vector<Tensor>{d[w]};
  };
  Tape tape{{.threads = 1}}, eager{{.eager = true}};
  check_same(values(tape), values(eager));
  CHECK(streams(tape) == 1);
}

TEST_CASE("a stream fits a memory budget, and allocates nothing when it is repeated") {
  const auto step = [](Tape& tape) { (void)with_loss(tape, 100, 9000, squares); };
  const std::int64_t least = least_budget(step);
  Tape tape{{.threads = 1, .memory_budget = least}}, eager{{.eager = true}};
  check_same(with_loss(tape, 100, 9000, squares), with_loss(eager, 100, 9000, squares));
  const Parameter w{"w", numbers({1, 100}, DType::f32, 2)};
  const Tensor x = numbers({100, 9000}, DType::f32, 1);
  Tape repeated{{.threads = 1}};
  for (int repetition = 1; repetition <= 6; ++repetition) {
    const std::uint64_t before = counting_new::calls();
    repeated.rewind();
    (void)repeated.backward(mean(square(matmul(w, repeated.constant(x)) - 1.0)));
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works && repetition > 3) CHECK(calls == 0);
    CHECK(streams(repeated) == 1);
  }
}

TEST_CASE("explain shows a stream") {
  Tape tape{{.threads = 1}};
  (void)logistic(tape, {9000, 100, DType::f32, true, true});
  const std::string text = tape.explain();
  INFO(text);
  CHECK_THAT(text, Contains("a stream of 2, 3 and 4, 512 elements at a time"));
  CHECK_THAT(text, Contains("constant (100, 9000) while it is near"));
}

namespace {

/// What a seed stands for: how the examples lie, and what is computed of z = w·X before it is differentiated.
std::vector<Tensor> random_program(Tape& tape, std::uint64_t seed) {
  Rng rng{seed};
  const auto below = [&rng](int count) { return static_cast<std::size_t>(rng.uniform() * count); };
  const DType dtype = below(2) == 0 ? DType::f32 : DType::f64;
  const std::int64_t count = std::array<std::int64_t, 3>{4112, 8193, 12'289}[below(3)],
                     features = std::array<std::int64_t, 3>{64, 83, 130}[below(3)];
  const bool one_by_one = below(2) == 0, is_made = below(3) == 0;
  const Var given = tape.constant(matrix(dtype, features, count, !one_by_one));
  const Var x = is_made ? tanh(given) : given;
  const Var w = tape.variable(numbers({1, features}, dtype, seed + 1), "w"),
            b = tape.variable(numbers({1, 1}, dtype, 3), "b");
  std::vector<Var> pool{matmul(w, x), tape.constant(numbers({1, count}, dtype, 4))};
  for (std::size_t step = below(6) + 2; step > 0; --step) {
    const Var p = pool[below(static_cast<int>(pool.size()))], q = pool[below(static_cast<int>(pool.size()))];
    const std::array<Var, 7> made{tanh(p),
                                  sigmoid(p) + b,
                                  p * q,
                                  p - q,
                                  relu(p),
                                  maximum(p, q * b),
                                  p - slice(q, {.axis = 1, .start = 7, .stop = 8})};
    pool.push_back(made[below(made.size())]);
    if (below(4) == 0) tape.keep(pool.back());
  }
  const Var direct = matmul(pool[below(static_cast<int>(pool.size()))], transpose(x));
  const Var cost = mean(tanh(pool.back()) * b) + 0.01 * sum(square(pool.front())) + mean(square(direct));
  const Gradients d = tape.backward(cost);
  return {cost.value(), d[w], d[b], direct.value(), pool.back().value()};
}

}  // namespace

TEST_CASE("random programs over a long product give the bits of their ops one by one") {
  std::size_t streamed = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Tape eager{{.eager = true}};
    const std::vector<Tensor> expected = random_program(eager, seed);
    for (const int threads : {1, 2, 3}) {
      INFO("seed " << seed << ", " << threads << " threads");
      const Threads limit{threads};
      Tape tape;
      check_same(random_program(tape, seed), expected);
      streamed += streams(tape);
    }
  }
  CHECK(streamed > 40);
}
