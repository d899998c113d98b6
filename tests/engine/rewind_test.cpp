// Recording over an old recording: what repeats is found again, what differs is recorded afresh.
#include <cstdint>
#include <source_location>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "tape_home.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

Tensor numbers(double first) { return Tensor::from({first, first + 1, first + 2}, {3}); }

std::size_t plans(const Tape& tape) { return tape.state().recording().plans.size(); }

}  // namespace

TEST_CASE("a rewound tape computes with the new values of constants, numbers and parameters") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    w.assign(numbers(step));
    const Var y = sum(tape.constant(numbers(10 * step)) * w + 0.5 * step);
    double expected = 0.0;
    for (int i = 0; i < 3; ++i) expected += (10.0 * step + i) * (step + i) + 0.5 * step;
    CHECK(y.item() == expected);
    CHECK(tape.size() == 6);  // constant, w, product, number, sum, total
  }
}

TEST_CASE("a loop that repeats itself makes no plan after the first steps") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  std::size_t settled = 0;
  for (int step = 0; step < 10; ++step) {
    tape.rewind();
    const Var cost = sum(square(tape.constant(numbers(step)) * w));
    (void)cost.item();
    (void)tape.backward(cost);
    if (step == 2) settled = plans(tape);
  }
  CHECK(plans(tape) == settled);
  CHECK(settled == 2);  // one for the cost, one for the gradients
}

TEST_CASE("control flow may change from step to step, and earlier structures keep their plans") {
  Tape tape;
  const auto hops = [&](int count) {
    tape.rewind();
    const Var x = tape.variable(numbers(1));
    Var y = x;
    for (int i = 0; i < count; ++i) y = y * 2.0 + x;
    const Var total = sum(y);
    const Gradients g = tape.backward(total);
    const double factor = std::ldexp(2.0, count) - 1.0;
    CHECK(total.item() == 6.0 * factor);
    CHECK(g[x].at({0}) == factor);
  };
  for (const int count : {1, 2, 3, 1, 2, 3, 0, 3, 1}) hops(count);
  const std::size_t known = plans(tape);
  hops(3);
  hops(1);
  CHECK(plans(tape) == known);
}

TEST_CASE("a structure that has not been seen for long is planned again and gives the same") {
  Tape tape;
  const auto value_at = [&](std::int64_t m) {
    tape.rewind();
    return sum(tape.constant(Tensor::full({m}, 2.0)) * 3.0).item();
  };
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t m = 1; m < 20; ++m) CHECK(value_at(m) == 6.0 * static_cast<double>(m));
  }
}

TEST_CASE("the first nodes may be the same and the rest differ") {
  Tape tape;
  for (const bool positive : {true, false, true, false}) {
    tape.rewind();
    const Var x = tape.variable(numbers(1), "x");
    const Var s = sum(x * x);
    CHECK(s.item() == 14.0);
    const Var y = positive ? s * 2.0 : negate(s);
    CHECK(tape.backward(y)[x].at({2}) == (positive ? 12.0 : -6.0));
  }
}

TEST_CASE("a Var of an earlier recording is refused, naming the op and the line") {
  Tape tape;
  const Var x = tape.constant(numbers(1));
  tape.rewind();
  REQUIRE_THROWS_AS(sum(x), StaleVarError);
  REQUIRE_THROWS_WITH(sum(x), Catch::ContainsSubstring("sum: the Var is of an earlier recording") &&
                                  Catch::ContainsSubstring("at rewind_test.cpp:"));
  REQUIRE_THROWS_AS(x.value(), StaleVarError);
  REQUIRE_THROWS_AS(x.shape(), StaleVarError);
  REQUIRE_THROWS_AS(tape.backward(x), StaleVarError);
  CHECK(tape.size() == 0);
}

TEST_CASE("a Var of a tape that is no more does not pass for one of a new tape in its place") {
  TapeStatePtr tape = make_tape_state(TapeOptions{});
  const Var x = tape->variable(numbers(1), "x", std::source_location::current());
  tape.reset();
  tape = make_tape_state(TapeOptions{});
  const Var y = tape->variable(numbers(1), "y", std::source_location::current());
  REQUIRE(x.state() == y.state());
  CHECK(x.id() == y.id());
  CHECK_THROWS_AS(x.value(), StaleVarError);
  CHECK_THROWS_AS(x + y, StaleVarError);
  CHECK_FALSE(tape->backward(sum(y), std::source_location::current()).contains(x));
}

TEST_CASE("gradients that repeat are not recorded again, and use the values of this step") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var cost = sum(square(w * tape.constant(numbers(step))));
    const Gradients g = tape.backward(cost);
    const double x = step + 1;  // of the second element
    CHECK(g[w].at({1}) == 2.0 * w.value().at({1}) * x * x);
    const std::size_t size = tape.size();
    if (step > 0) CHECK(size == tape.state().recording().nodes.size());
    w.assign(numbers(step + 2));
  }
}

TEST_CASE("gradients that are found again have the lines of the step that finds them") {
  const auto lines = [](const Tape& tape) {
    std::vector<std::uint_least32_t> all;
    for (std::uint32_t id = 0; id < tape.size(); ++id) all.push_back(tape.node(id).where().line());
    return all;
  };
  const auto step = [](Tape& tape, int kind) {
    const Var v = tape.variable(numbers(1));
    const Var total = kind % 2 == 0 ? sum(v) : sum(v);  // the same on another line
    if (kind / 2 % 2 == 0) {
      (void)gradient(v, v);  // records a number and broadcasts it, as the rule of sum does
    } else {
      (void)gradient(gradient(sum(square(v)) + total, v), v);
    }
    if (kind / 4 % 2 == 0) (void)tape.backward(total);
  };
  Tape tape;
  for (const int kind : {0, 1, 4, 6, 1, 3, 7, 2, 2, 3, 0, 5, 4, 7, 6, 0}) {
    tape.rewind();
    step(tape, kind);
    Tape fresh;
    step(fresh, kind);
    CAPTURE(kind);
    CHECK(lines(tape) == lines(fresh));
  }
}

TEST_CASE("two parameters may take each other's place") {
  Parameter a{"a", numbers(1)}, b{"b", numbers(5)};
  Tape tape;
  for (const bool swapped : {false, true, false}) {
    tape.rewind();
    const Parameter& first = swapped ? b : a;
    const Parameter& second = swapped ? a : b;
    const Var x = tape.parameter(first);
    const Var cost = sum(x * x * second);
    const Gradients g = tape.backward(cost);
    CHECK(g[first].at({0}) == 2.0 * first.value().at({0}) * second.value().at({0}));
    CHECK(g[second].at({0}) == first.value().at({0}) * first.value().at({0}));
  }
}

TEST_CASE("a parameter is one node of a recording however often it is used") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  const Var x = tape.parameter(w);
  const Var y = tape.parameter(w);
  CHECK(x.id() == y.id());
  const Gradients g = tape.backward(sum(x * y));
  CHECK(g.size() == 1);
  CHECK(g[w].at({2}) == 6.0);
}

TEST_CASE("a leaf's dtype, shape and strides are part of the structure") {
  Tape tape;
  const auto total = [&](const Tensor& t) {
    tape.rewind();
    return sum(tape.constant(t) * 1.0, {.axis = 0}).value();
  };
  const Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  CHECK(total(x).at({0}) == 5.0);
  CHECK(total(x.transpose()).at({0}) == 6.0);
  CHECK(total(x.cast(DType::f32)).dtype() == DType::f32);
  CHECK(total(x.slice({.axis = 1, .start = 0, .stop = 3, .step = 2})).at({1}) == 9.0);
}

TEST_CASE("a loop that makes an op of its own in each step does not keep them all") {
  Tape tape;
  for (int step = 0; step < 100; ++step) {
    tape.rewind();
    const CustomOp twice{{.name = "twice",
                          .forward =
                              [](const CustomForward& f) {
                                const auto in = f.input<double>(0);
                                const auto out = f.output<double>();
                                for (std::size_t i = 0; i < out.size(); ++i) out[i] = 2.0 * in[i];
                              },
                          .gradient = [](const CustomGradient& g) { return std::vector<Var>{2.0 * g.dy()}; }}};
    const Var x = tape.variable(numbers(step), "x");
    CHECK(tape.backward(sum(twice(x)))[x].at({0}) == 2.0);
    CHECK(tape.state().recording().functions.size() == 1);
  }
}
