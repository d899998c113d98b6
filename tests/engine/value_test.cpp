// When values are computed, what may be read, and what never changes.
#include <algorithm>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

Tensor numbers(double first) { return Tensor::from({first, first + 1, first + 2}, {3}); }

/// An op that counts how often it is computed.
Var counted(const Operand& x, int& count) {
  static int* counter = nullptr;
  counter = &count;
  static const CustomOp op{{.name = "counted",
                            .forward =
                                [](const CustomForward& f) {
                                  ++*counter;
                                  const auto in = f.input<double>(0);
                                  const auto out = f.output<double>();
                                  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i];
                                },
                            .gradient = [](const CustomGradient& g) { return std::vector<Var>{g.dy()}; }}};
  return op(x);
}

}  // namespace

TEST_CASE("nothing is computed before it is wanted, and nothing that is not needed") {
  int count = 0;
  Tape tape;
  const Var x = tape.constant(numbers(1));
  const Var unused = counted(x, count);
  const Var y = x + 1.0;
  CHECK(y.value().at({0}) == 2.0);
  CHECK(count == 0);
  CHECK(unused.value().at({2}) == 3.0);
  CHECK(count == 1);
  (void)unused.value();
  CHECK(count == 1);
}

TEST_CASE("any value may be asked for at any time, also one that was computed and not kept") {
  int count = 0;
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const Var h = counted(x, count);
  const Var cost = sum(square(h + 1.0));
  (void)tape.backward(cost);
  CHECK(h.value().at({1}) == 2.0);
  CHECK((h + 1.0).value().at({1}) == 3.0);
}

TEST_CASE("a value that was read once is computed with the first run of the next recording") {
  int count = 0;
  Tape tape;
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    count = 0;
    const Var h = counted(tape.variable(numbers(step), "x"), count);
    const Var cost = sum(square(h + 1.0));
    (void)cost.item();
    (void)tape.backward(cost);
    CHECK(h.value().at({0}) == step);
    if (step >= 2) CHECK(count == 1);
  }
}

TEST_CASE("keep computes a value along with what needs it") {
  int count = 0;
  Tape tape;
  const Var h = counted(tape.constant(numbers(1)), count);
  const Var y = h * 2.0;
  tape.keep(h);
  (void)y.value();
  CHECK(h.value().at({0}) == 1.0);
  CHECK(count == 1);
}

TEST_CASE("a tensor that was read never changes") {
  Tape tape;
  Tensor first;
  for (int step = 0; step < 5; ++step) {
    tape.rewind();
    const Tensor y = (tape.constant(numbers(step)) * 2.0).value();
    if (step == 0) first = y;
    CHECK(y.at({0}) == 2.0 * step);
  }
  CHECK(first.at({0}) == 0.0);
  CHECK(first.at({2}) == 4.0);
}

TEST_CASE("a value that was written through a tensor is stale, and so is what is computed from it") {
  Tape tape;
  const Var x = tape.variable(numbers(0), "x");
  const Var a = sigmoid(x);
  Tensor v = a.value();
  v.set({0}, 0.0);
  const Var cost = sum(a);
  CHECK_THROWS_AS(a.value(), StaleValueError);
  CHECK_THROWS_WITH(a.value(), Catch::ContainsSubstring("value: its memory was overwritten at value_test.cpp:") &&
                                   Catch::ContainsSubstring("\n  (3), recorded by sigmoid at value_test.cpp:") &&
                                   Catch::ContainsSubstring("\n  at value_test.cpp:"));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(tape.backward(cost), StaleValueError);
  CHECK(tape.size() == size);
  tape.rewind();
  const Var again = tape.variable(numbers(0), "x");
  CHECK(tape.backward(sum(sigmoid(again)))[again].at({0}) == 0.25);
  CHECK(v.at({0}) == 0.0);
}

TEST_CASE("writing into a gradient changes neither the cost nor another gradient") {
  Parameter w{"w", numbers(1)}, b{"b", numbers(2)};
  Tape tape;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(Tensor::from({1.0, 1.0, 1.0}, {3, 1}), "x");
    const Var cost = sum(square(tape.parameter(w) + b + reshape(x, {3})));  // each gradient is 2 (w + b + x)
    const Gradients g = tape.backward(cost);
    for (Tensor each : {g[w], g[b], g[x]}) {
      for (double& element : each.mutable_data<double>()) element += 10.0;
    }
    CHECK(g[w].at({0}) == 18.0);
    CHECK(g[b].at({0}) == 18.0);
    CHECK(g[x].at({0, 0}) == 18.0);
    CHECK(cost.item() == 116.0);
  }
}

TEST_CASE("writing into a gradient that is a value of the user's does not change that value") {
  const CustomOp op{
      {.name = "op",
       .forward = [](const CustomForward& f) { std::ranges::copy(f.input<double>(0), f.output<double>().begin()); },
       .gradient = [](const CustomGradient& g) { return std::vector<Var>{g.output()}; }}};
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const Var y = op(x);
  const Tensor value = y.value();
  const Gradients g = tape.backward(sum(y));
  Tensor dx = g[x];
  dx.set({0}, 7.0);
  CHECK(value.at({0}) == 1.0);
  CHECK(y.value().at({0}) == 1.0);
}

TEST_CASE("a cost that is held does not hold the memory of its step") {
  Tape tape;
  std::vector<Tensor> costs;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(Tensor::full({100, 100}, step, DType::f64), "x");
    const Var cost = mean(square(x));
    (void)tape.backward(cost);
    costs.push_back(cost.value());
    CHECK(costs.back().storage()->bytes() < 100);
  }
  for (int step = 0; step < 3; ++step) CHECK(costs[static_cast<std::size_t>(step)].item() == step * step);
}

TEST_CASE("the value of a leaf is a copy") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  const Tensor before = tape.parameter(w).value();
  w.assign(numbers(7));
  CHECK(before.at({0}) == 1.0);
}

TEST_CASE("a leaf written after it was recorded makes what depends on it stale") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  const Var y = tape.parameter(w) * 2.0;
  const Var z = tape.constant(numbers(3)) * 2.0;
  w.assign(numbers(4));
  REQUIRE_THROWS_AS(y.value(), StaleValueError);
  REQUIRE_THROWS_WITH(y.value(), Catch::ContainsSubstring("was written at value_test.cpp:") &&
                                     Catch::ContainsSubstring("after it was recorded at value_test.cpp:") &&
                                     Catch::ContainsSubstring("input: parameter \"w\" (3)"));
  CHECK(z.value().at({0}) == 6.0);
  tape.rewind();
  CHECK((tape.parameter(w) * 2.0).value().at({0}) == 8.0);
}

TEST_CASE("a tensor written after it was recorded makes what depends on it stale") {
  Tensor x = numbers(1);
  Tape tape;
  const Var y = tape.constant(x) * 2.0;
  x.set({1}, 9.0);
  REQUIRE_THROWS_AS(y.value(), StaleValueError);
  REQUIRE_THROWS_AS(tape.backward(sum(tape.variable(x) * y)), StaleValueError);
}

TEST_CASE("what was computed before a write stays readable until the tape is rewound") {
  Parameter w{"w", numbers(1)};
  Tape tape;
  const Var cost = sum(square(tape.parameter(w)));
  (void)tape.backward(cost);
  w.assign(numbers(5));
  CHECK(cost.item() == 14.0);
}

TEST_CASE("views are values like any other") {
  Tape tape;
  const Tensor data = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  const Var x = tape.constant(data);
  const Var y = x * 10.0;
  CHECK(transpose(y).value().at({2, 1}) == 60.0);
  CHECK(transpose(y).value().is_contiguous());
  CHECK(slice(transpose(y), {.axis = 0, .start = 1}).value().at({0, 1}) == 50.0);
  CHECK(reshape(transpose(x), {6}).value().at({1}) == 4.0);
  CHECK(broadcast_to(slice(y, {.axis = 0, .stop = 1}), {2, 3}).value().at({1, 2}) == 30.0);
  CHECK((transpose(y) + transpose(x)).value().at({0, 1}) == 44.0);
  CHECK((y + transpose(transpose(y))).value().at({1, 1}) == 100.0);
}

TEST_CASE("a value read in two layouts by one op is not overwritten while it is read") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2})) * 1.0;
  const Tensor y = (x + transpose(x)).value();
  CHECK(y.at({0, 1}) == 5.0);
  CHECK(y.at({1, 0}) == 5.0);
}

TEST_CASE("item wants exactly one element") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  REQUIRE_THROWS_AS(x.item(), ShapeError);
  REQUIRE_THROWS_WITH(x.item(), Catch::ContainsSubstring("item: the value must have one element, got shape (3)") &&
                                    Catch::ContainsSubstring("variable \"x\" (3)"));
}

TEST_CASE("an exception in a user's op leaves the tape as it was, and the next step works") {
  static bool fail = true;
  static const CustomOp fragile{{.name = "fragile",
                                 .forward =
                                     [](const CustomForward& f) {
                                       if (fail) throw std::runtime_error{"not today"};
                                       f.output<double>()[0] = f.input<double>(0)[0];
                                     },
                                 .gradient = [](const CustomGradient& g) { return std::vector<Var>{g.dy()}; }}};
  Tape tape;
  for (int step = 0; step < 4; ++step) {
    fail = step % 2 == 0;
    tape.rewind();
    const Var x = tape.variable(Tensor::scalar(step, DType::f64), "x");
    const Var cost = square(fragile(x));
    if (fail) {
      REQUIRE_THROWS_WITH(tape.backward(cost), "not today");
    } else {
      CHECK(tape.backward(cost)[x].item() == 2.0 * step);
    }
  }
}

TEST_CASE("values without elements are computed like any other") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({0, 3}, DType::f64), "x");
  const Var y = sum(square(x) + 1.0);
  CHECK(y.item() == 0.0);
  CHECK(tape.backward(y)[x].shape() == Shape{0, 3});
  CHECK(transpose(x * 2.0).value().shape() == Shape{3, 0});
}
