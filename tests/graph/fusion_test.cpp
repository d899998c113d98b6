// Which ops run together.
#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan.hpp"
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

TEST_CASE("a group waits for a small one, rather than to be cut by it") {
  Tape tape;
  const Var x = tape.variable(numbers({64, 100}), "x"), b = tape.variable(numbers({1, 100}), "b");
  (void)(tanh(x) * exp(b)).value();
  CHECK(counts(tape).groups == 2);  // exp(b), and all the rest
  tape.rewind();
  (void)tape.backward(mean(square(tanh(tape.variable(numbers({64, 100}), "x")))));
  CHECK(counts(tape).groups == 2);  // 1/n, and all the rest
}

TEST_CASE("what a product needs is made before it, and what needs the product after it") {
  Tape tape;
  const Var w = tape.constant(numbers({30, 20})), x = tape.constant(numbers({20, 40}));
  const Var h = tanh(x) * 2.0;
  (void)(relu(matmul(w, h) + 1.0) + sum(h)).value();
  CHECK(counts(tape).groups == 2);
  CHECK(counts(tape).others == 1);
}

TEST_CASE("folds of rows that begin with different leaves do not close one group") {
  Tape tape;
  const Var y = tanh(tape.constant(numbers({50, 100})));
  (void)(sum(y) + sum(sum(y, {.axis = 1}) * 2.0)).value();
  CHECK(counts(tape).others == 1);  // the second fold of y
}
