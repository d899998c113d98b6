// Which ops run together.
#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan/plan.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

/// How many groups and other instructions computed what was asked for since the last rewind.
struct Counts {
  int groups = 0, others = 0;
};
Counts counts(const Tape& tape) {
  Counts counts;
  for (const Plan* plan : tape.state().plans_run()) {
    for (const Instruction& made : plan->instructions)
      ++(made.kind == Instruction::Kind::group ? counts.groups : counts.others);
  }
  return counts;
}

Tensor numbers(const Shape& shape) {
  Rng rng{1};
  return Tensor::normal(shape, rng);
}

}  // namespace

TEST_CASE("forward and backward of elementwise ops and their folds are one group") {
  Tape tape;
  const Var x = tape.constant(numbers({64, 1024})), w = tape.variable(numbers({64, 1024}), "w");
  const Var b = tape.variable(numbers({64, 1}), "b"), c = tape.variable(numbers({1, 1024}), "c");
  (void)tape.backward(sum(square(tanh(w * x + b) * c)));
  CHECK(counts(tape).groups == 1);
  CHECK(counts(tape).others == 0);
}

TEST_CASE("a fold of everything and the gradient of a bias close one group, whatever the extent of a row") {
  for (const std::int64_t examples : {7, 1000, 1024, 1500, 4096}) {
    Tape tape;
    const Var z = tape.constant(numbers({512, examples})), y = tape.constant(numbers({512, examples}));
    const Var b = tape.variable(numbers({512, 1}), "b");
    (void)tape.backward(sum(square(tanh(z + b) - y)));
    INFO(examples << " examples");
    CHECK(counts(tape).groups == 1);
    CHECK(counts(tape).others == 0);
  }
}

TEST_CASE("a group waits for a small one, rather than to be cut by it") {
  Tape tape;
  const Var x = tape.variable(numbers({64, 100}), "x"), b = tape.variable(numbers({1, 100}), "b");
  (void)(tanh(x) * exp(b)).value();
  CHECK(counts(tape).groups == 2);  // exp(b), and all the rest
  tape.rewind();
  (void)tape.backward(mean(square(tanh(tape.variable(numbers({64, 100}), "x")))));
  CHECK(counts(tape).groups == 2);  // 1/n, and all the rest
}

TEST_CASE("the inputs of a product are computed before it, and its readers after it") {
  Tape tape;
  const Var w = tape.constant(numbers({30, 20})), x = tape.constant(numbers({20, 40}));
  const Var h = tanh(x) * 2.0;
  (void)(relu(matmul(w, h) + 1.0) + sum(h)).value();
  CHECK(counts(tape).groups == 2);
  CHECK(counts(tape).others == 1);
}

TEST_CASE("folds of rows that begin with different leaves do not close one group") {
  Tape tape;
  const Var y = tanh(tape.constant(numbers({50, 10, 10})));
  (void)(sum(sum(y, {.axis = 2})) + sum(sum(y, {.axes = {1, 2}}) * 2.0)).value();
  CHECK(counts(tape).others == 2);  // the second fold of y, and the sum of the first
}

TEST_CASE("groups that read the same value are one where one of them writes nothing") {
  Tape tape;
  const Var x = matmul(tape.constant(numbers({300, 20})), tape.variable(numbers({20, 400}), "w"));
  (void)tape.backward(mean(square(x)));
  CHECK(counts(tape).groups == 2);  // 1/n, and the cost with the gradient of x
  tape.rewind();
  const Var y = tape.constant(numbers({300, 400}));
  const Var a = exp(y), b = tanh(y);
  tape.keep(a);
  tape.keep(b);
  (void)(sum(a) + sum(b)).value();
  CHECK(counts(tape).groups == 3);  // two that write, and the sum of the sums
}

TEST_CASE("large groups are cut into blocks for several threads, whatever their extents") {
  for (const Shape& shape :
       {Shape{1024, 1024}, Shape{1000, 1000}, Shape{999, 999}, Shape{10'000, 100}, Shape{60'000, 10}}) {
    for (const int fold : {0, 1, 2, 3, 4}) {
      Tape tape{{.threads = 2}};
      const Var x = tape.constant(numbers(shape)), y = tanh(x * 2.0) + 1.0;
      if (fold == 0) (void)y.value();
      if (fold == 1) (void)sum(y).value();
      if (fold == 2) (void)sum(y, {.axis = 0}).value();
      if (fold == 3) (void)sum(y, {.axis = 1}).value();
      if (fold == 4) (void)(sum(y) + sum(sum(y, {.axis = 1}))).value();
      INFO("shape " << to_string(shape) << ", fold " << fold);
      CHECK(tape.state().plans_run()[0]->groups.groups[0].workers == 2);
    }
  }
}

TEST_CASE("the gradients of a weight that is used many times are added as they come") {
  constexpr std::int64_t n = 64;
  const auto block_of = [](int steps) {
    Tape tape;
    const Var w = tape.variable(numbers({n, n}), "w");
    Var h = tape.constant(numbers({n, 1}));
    for (int step = 0; step < steps; ++step) h = tanh(matmul(w, h));
    (void)tape.backward(sum(h));
    return tape.state().plans_run()[0]->arena_bytes();
  };
  CHECK(block_of(60) - block_of(20) < 40 * n * n * 4 / 2);
}
