// What an op of the user's promises, and what the tape makes of it: it runs once, it may be made anew in each step, and
// its functions leave the tape alone that calls them.
#include <functional>
#include <string>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "tape_state.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

/// x · factor. Counts how often it is run.
CustomOp scale(double factor, int* runs, bool elementwise = false) {
  return CustomOp{{.name = "scale",
                   .forward =
                       [factor, runs](const CustomForward& f) {
                         ++*runs;
                         const auto in = f.input<double>(0);
                         const auto out = f.output<double>();
                         for (std::size_t i = 0; i < out.size(); ++i) out[i] = factor * in[i];
                       },
                   .gradient = [factor](const CustomGradient& g) { return std::vector<Var>{factor * g.dy()}; },
                   .elementwise = elementwise}};
}

/// The first `count` elements.
CustomOp first_of(std::int64_t count) {
  return CustomOp{{.name = "first",
                   .forward =
                       [](const CustomForward& f) {
                         const auto out = f.output<double>();
                         for (std::size_t i = 0; i < out.size(); ++i) out[i] = f.input<double>(0)[i];
                       },
                   .shape = [count](std::span<const Shape>) { return Shape{count}; }}};
}

CustomOp with_forward(std::function<void()> act) {
  return CustomOp{{.name = "acts", .forward = [act = std::move(act)](const CustomForward& f) {
                     act();
                     f.output<double>()[0] = f.input<double>(0)[0];
                   }}};
}

const Tensor start = Tensor::from({1.0, 2.0, 3.0}, {3});

}  // namespace

TEST_CASE("A user's op runs once between two rewinds, whatever is read when") {
  for (const bool elementwise : {false, true}) {
    int runs = 0;
    const CustomOp op = scale(2.0, &runs, elementwise);
    Tape tape;
    for (int step = 1; step < 6; ++step) {
      tape.rewind();
      const Var x = tape.variable(start, "x");
      const Var y = op(x), z = square(y), cost = sum(z);
      if (step % 2 == 1) CHECK(cost.item() == 56.0);
      CHECK(tape.backward(cost)[x].at({1}) == 16.0);
      if (step == 4) CHECK(exp(y * 0.0).value().at({2}) == 1.0);
      CHECK(y.value().at({2}) == 6.0);
      CHECK(runs == step);
    }
  }
}

TEST_CASE("A CustomOp constructed in each step is not planned anew, and the last one constructed is called") {
  for (const bool elementwise : {false, true}) {
    int runs = 0;
    Tape tape;
    const Plan* plan = nullptr;
    for (int step = 1; step < 5; ++step) {
      tape.rewind();
      const CustomOp op = scale(step, &runs, elementwise);
      const Var x = tape.variable(start, "x");
      const Gradients d = tape.backward(sum(square(op(x))));
      CHECK(d[x].at({1}) == 4.0 * step * step);
      const std::vector<const Plan*> plans = tape.state().plans_run();
      REQUIRE(plans.size() == 1);
      if (step > 1) CHECK(plans[0] == plan);
      plan = plans[0];
      CHECK(runs == step);
    }
  }
}

TEST_CASE("Two CustomOps of the same name in one step keep their own functions") {
  int runs = 0;
  Tape tape;
  for (const double a : {2.0, 3.0, 2.0}) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = scale(a, &runs)(x), z = scale(10.0 * a, &runs)(y);
    CHECK(z.value().at({0}) == 10.0 * a * a);
    CHECK(y.value().at({0}) == a);
  }
}

TEST_CASE("A CustomOp constructed in each step is recorded with its new shape when that changes") {
  Tape tape;
  for (const std::int64_t count : {2, 3, 1, 2, 3, 1, 2}) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = first_of(count)(x);
    CHECK(y.shape() == Shape{count});
    const double total = static_cast<double>(count * (count + 1)) / 2;
    CHECK(sum(exp(log(y))).item() == Approx(total));
    CHECK(sum(y * 2.0).item() == 2.0 * total);
  }
}

TEST_CASE("A step that goes another way and back keeps the user's ops of each way apart") {
  int runs = 0;
  Tape tape;
  for (int step = 0; step < 8; ++step) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = scale(step + 1.0, &runs)(x);
    const Var z = step % 2 == 0 ? scale(2.0, &runs)(y) : scale(2.0, &runs)(exp(y * 0.0));
    CHECK(tape.backward(sum(z))[x].at({0}) == (step % 2 == 0 ? 2.0 * (step + 1.0) : 0.0));
    CHECK(runs == 2 * (step + 1));
  }
}

TEST_CASE("A forward function cannot use the tape that runs it") {
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Tensor number = Tensor::scalar(2.0, DType::f64);
    const Var x = tape.variable(number, "x"), late = x * 3.0;
    const std::vector<std::function<void()>> acts{[&] { tape.rewind(); },
                                                  [&] { (void)(x + 1.0); },
                                                  [&] { (void)tape.constant(number); },
                                                  [&] { (void)tape.parameter(Parameter{"p", number}); },
                                                  [&] { (void)exp(late).value(); },
                                                  [&] { (void)tape.backward(late); },
                                                  [&] { (void)gradient(late, x); }};
    for (const auto& act : acts) {
      const std::size_t before = tape.size();
      CHECK_THROWS_AS(with_forward(act)(x).value(), ValueError);
      CHECK_THROWS_WITH(with_forward(act)(x).value(),
                        ContainsSubstring("a CustomOp's forward function cannot use the tape that calls it\n  at "));
      if (eager) CHECK(tape.size() == before);
      CHECK((x * 2.0).item() == 4.0);
    }
    CHECK(tape.backward(late)[x].item() == 3.0);
  }
}

TEST_CASE("A forward function may use another tape") {
  Tape tape, other;
  const Tensor number = Tensor::scalar(2.0, DType::f64);
  double seen = 0.0;
  const Var y = with_forward([&] {
    other.rewind();
    seen = (other.constant(number) * 4.0).item();
  })(tape.constant(number));
  CHECK(y.item() == 2.0);
  CHECK(seen == 8.0);
}

TEST_CASE("A shape function cannot use the tape that calls it") {
  Tape tape;
  const Var x = tape.variable(start, "x");
  const std::vector<std::function<void()>> acts{[&] { tape.rewind(); }, [&] { (void)(x + 1.0); },
                                                [&] { (void)tape.backward(sum(x)); }};
  for (const auto& act : acts) {
    const CustomOp op{{.name = "acts",
                       .forward = [](const CustomForward&) {},
                       .shape =
                           [&act](std::span<const Shape> shapes) {
                             act();
                             return shapes[0];
                           }}};
    const std::size_t before = tape.size();
    CHECK_THROWS_WITH(op(x), ContainsSubstring("a CustomOp's shape function cannot use the tape that calls it"));
    CHECK(tape.size() == before);
  }
  CHECK(tape.backward(sum(x * x))[x].at({1}) == 4.0);
}

TEST_CASE("A gradient rule cannot rewind its tape") {
  Tape tape;
  const CustomOp op{{.name = "rewinds",
                     .forward = [](const CustomForward& f) { f.output<double>()[0] = f.input<double>(0)[0]; },
                     .gradient =
                         [&tape](const CustomGradient& g) {
                           tape.rewind();
                           return std::vector<Var>{g.dy()};
                         }}};
  const Var x = tape.variable(Tensor::scalar(2.0, DType::f64), "x");
  const Var y = op(x);
  CHECK_THROWS_WITH(tape.backward(y), ContainsSubstring("rewind: a gradient rule cannot rewind the tape"));
  CHECK(tape.backward(x * 3.0)[x].item() == 3.0);
}

TEST_CASE("A gradient of a wrong shape is refused, also one that could be broadcast or summed") {
  Tape tape;
  const Var x = tape.variable(start, "x");
  const auto answers = [](const Tensor& dx) {
    return CustomOp{{.name = "total",
                     .forward =
                         [](const CustomForward& f) {
                           f.output<double>()[0] = 0.0;
                           for (const double value : f.input<double>(0)) f.output<double>()[0] += value;
                         },
                     .gradient = [dx](const CustomGradient& g) { return std::vector<Var>{g.dy() * dx}; },
                     .shape = [](std::span<const Shape>) { return Shape{1}; }}};
  };
  CHECK(tape.backward(sum(answers(start)(x)))[x].at({2}) == 3.0);
  const std::size_t before = tape.size();
  for (const Tensor& wrong : {Tensor::ones({1}, DType::f64), Tensor::ones({2, 3}, DType::f64)}) {
    const Var y = answers(wrong)(x);
    CHECK_THROWS_AS(tape.backward(sum(y)), ShapeError);
    CHECK_THROWS_WITH(tape.backward(sum(y)),
                      ContainsSubstring("total: the gradient rule must give the shape of the input, gave ("));
  }
  CHECK(tape.size() == before + 6);  // an op and two sums each; no trace of gradients
}
