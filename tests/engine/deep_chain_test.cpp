// A chain of five million nodes, in a program that CMake has run with a stack of 256 KiB: whatever recursed over the
// tape would end it.
#include <cstdint>

#include <capstan/graph/dot.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

using namespace capstan;

namespace {

// Only a sanitizer switches the counting off. It would take several times the memory and the time, and a recursion
// over a hundred thousand nodes does not fit the stack either.
constexpr int length = counting_new::works ? 5'000'000 : 100'000;

/// Mostly negations; every thousandth step uses x again. The value and its derivative are small whole multiples of x
/// and 1, exact in float.
Var chain(const Var& x, int steps) {
  Var y = x;
  for (int i = 1; i < steps; ++i) y = i % 1000 == 0 ? x - y : -y;
  return y;
}

int derivative(int steps) {
  int d = 1;
  for (int i = 1; i < steps; ++i) d = i % 1000 == 0 ? 1 - d : -d;
  return d;
}

void check_chain(Tape& tape, double value, int steps) {
  const Var x = tape.variable(Tensor::scalar(value), "x");
  const Var y = chain(x, steps);
  REQUIRE(tape.size() == static_cast<std::size_t>(steps));
  const Gradients gradients = tape.backward(y);
  CHECK(y.item() == value * derivative(steps));
  CHECK(gradients[x].item() == derivative(steps));
}

}  // namespace

TEST_CASE("a chain of five million nodes is recorded, differentiated, rewound, recorded again and destroyed") {
  REQUIRE(derivative(length) != 0);
  Tape tape;
  check_chain(tape, 0.5, length);
  tape.rewind();
  check_chain(tape, -0.25, length);
  tape.rewind();
  check_chain(tape, 2.0, 1500);  // another structure: the old one is left
}

TEST_CASE("an eager tape does not recurse either") {
  Tape tape{{.eager = true}};
  check_chain(tape, 0.5, 20'000);
}

TEST_CASE("a long chain is drawn without recursion") {
  Tape tape;
  chain(tape.variable(Tensor::scalar(1.0), "x"), 100'000);
  CHECK(to_dot(tape).size() > 100'000);
}
