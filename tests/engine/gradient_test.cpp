// backward and gradient: what they give, and what they refuse.
#include <cmath>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

Tensor numbers(double first) { return Tensor::from({first, first + 1, first + 2}, {3}); }

}  // namespace

TEST_CASE("backward as a function gives what the member of the loss's tape gives, and refuses a Var without a tape") {
  Tape tape;
  const Var x = tape.variable(numbers(3), "x");
  const Var loss = sum(square(x));
  const Gradients g = backward(loss);
  CHECK(g.size() == 1);
  CHECK(g[x].at({2}) == tape.backward(loss)[x].at({2}));
  CHECK_THROWS_WITH(backward(Var{}),
                    Catch::ContainsSubstring("backward: the loss is an empty Var\n  at gradient_test.cpp:"));
  tape.rewind();
  CHECK_THROWS_AS(backward(loss), StaleVarError);
  CHECK_THROWS_WITH(backward(loss),
                    Catch::ContainsSubstring("backward") && Catch::ContainsSubstring("gradient_test.cpp:"));
}

TEST_CASE("backward gives the gradient of every leaf that leads to the loss, and of no other") {
  Parameter w{"w", numbers(1)}, idle{"idle", numbers(2)};
  Tape tape;
  const Var x = tape.variable(numbers(3), "x");
  const Var other = tape.variable(numbers(4), "other");
  tape.parameter(idle);
  const Gradients g = tape.backward(sum(x * w));
  CHECK(g.size() == 2);
  CHECK(g.contains(w));
  CHECK(g.contains(x));
  CHECK_FALSE(g.contains(idle));
  CHECK_FALSE(g.contains(other));
  CHECK(g[w].at({1}) == 4.0);
  CHECK(g[x].at({1}) == 2.0);
}

TEST_CASE("gradients outlive the rewind and the tape") {
  Gradients g;
  Parameter w{"w", numbers(1)};
  {
    Tape tape;
    g = tape.backward(sum(square(tape.parameter(w))));
    tape.rewind();
    (void)tape.backward(sum(tape.parameter(w) * 5.0));
    CHECK(g[w].at({2}) == 6.0);
  }
  CHECK(g[w].at({2}) == 6.0);
}

TEST_CASE("a value used several times gets the sum of its gradients") {
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(3.0, DType::f64), "x");
  const Var y = x * x;
  const Var z = y * y + y * 2.0 + x;
  CHECK(tape.backward(z)[x].item() == 4.0 * 27.0 + 4.0 * 3.0 + 1.0);
}

TEST_CASE("a gradient is summed over the axes along which its leaf was broadcast") {
  Tape tape;
  const Var a = tape.variable(Tensor::ones({2, 3}, DType::f64), "a");
  const Var column = tape.variable(Tensor::full({2, 1}, 2.0, DType::f64), "column");
  const Var row = tape.variable(Tensor::full({3}, 3.0, DType::f64), "row");
  const Var number = tape.variable(Tensor::scalar(4.0, DType::f64), "number");
  const Gradients g = tape.backward(sum((a + column) * row * number));
  CHECK(g[a].shape() == Shape{2, 3});
  CHECK(g[column].shape() == Shape{2, 1});
  CHECK(g[column].at({0, 0}) == 36.0);
  CHECK(g[row].shape() == Shape{3});
  CHECK(g[row].at({0}) == 24.0);
  CHECK(g[number].shape() == Shape{});
  CHECK(g[number].item() == 54.0);
}

TEST_CASE("gradients are tape: they can be differentiated again") {
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(0.7, DType::f64), "x");
  const Var y = tanh(x);
  const Var dy = gradient(y, x);
  const Var ddy = gradient(dy, x);
  const Var dddy = gradient(ddy, x);
  const double t = std::tanh(0.7), s = 1.0 - t * t;
  CHECK(std::fabs(dy.item() - s) < 1e-14);
  CHECK(std::fabs(ddy.item() + 2.0 * t * s) < 1e-14);
  CHECK(std::fabs(dddy.item() - (4.0 * t * t * s - 2.0 * s * s)) < 1e-13);
}

TEST_CASE("gradient answers for any value, and gives zeros where there is no way") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const Var h = x * 2.0;
  const Var y = sum(h * h);
  CHECK(gradient(y, h).value().at({2}) == 12.0);
  const Var apart = tape.variable(Tensor::ones({2, 2}, DType::f64), "apart");
  const Tensor none = gradient(y, apart).value();
  CHECK(none.shape() == Shape{2, 2});
  CHECK(none.at({1, 1}) == 0.0);
  CHECK(gradient(x, h).value().at({0}) == 0.0);
  CHECK(gradient(x, x).value().at({0}) == 1.0);
}

TEST_CASE("gradient takes a cotangent in place of ones") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const Var y = square(x);
  CHECK(gradient(y, x).value().at({2}) == 6.0);
  CHECK(gradient(y, x, tape.constant(numbers(10))).value().at({2}) == 72.0);
  const Var flat = tape.constant(Tensor::ones({1}, DType::f64));
  REQUIRE_THROWS_AS(gradient(y, x, flat), ShapeError);
  REQUIRE_THROWS_WITH(gradient(y, x, flat), Catch::ContainsSubstring("dy must have the shape and dtype of y, got (1)"));
  REQUIRE_THROWS_AS(gradient(y, x, tape.constant(Tensor::ones({3}))), DTypeError);
}

TEST_CASE("the loss must be one floating number") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  REQUIRE_THROWS_AS(tape.backward(x), ShapeError);
  REQUIRE_THROWS_WITH(tape.backward(x),
                      Catch::ContainsSubstring("backward: the loss must have one element, got shape (3)") &&
                          Catch::ContainsSubstring("gradient_test.cpp:"));
  const Var labels = tape.constant(Tensor::scalar(1.0, DType::i32));
  REQUIRE_THROWS_AS(tape.backward(labels), DTypeError);
  REQUIRE_THROWS_AS(tape.variable(Tensor::zeros({2}, DType::i32)), DTypeError);
}

TEST_CASE("backward accepts a loss of shape (1, 1) and a loss that is a leaf") {
  Tape tape;
  const Var x = tape.variable(Tensor::full({1, 1}, 3.0, DType::f64), "x");
  CHECK(tape.backward(x * x)[x].at({0, 0}) == 6.0);
  CHECK(tape.backward(x)[x].at({0, 0}) == 1.0);
  CHECK(tape.backward(tape.constant(Tensor::scalar(1.0))).size() == 0);
}

TEST_CASE("a tape for inference refuses gradients") {
  Tape tape{{.inference = true}};
  const Var x = tape.variable(Tensor::scalar(2.0), "x");
  const Var y = x * x;
  CHECK(y.item() == 4.0);
  REQUIRE_THROWS_AS(tape.backward(y), ValueError);
  REQUIRE_THROWS_AS(gradient(y, x), ValueError);
}

TEST_CASE("labels and comparisons stop gradients without a word") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const Gradients g = tape.backward(sum(x * greater(x, 1.5)));
  CHECK(g[x].at({0}) == 0.0);
  CHECK(g[x].at({1}) == 1.0);
}

TEST_CASE("stop_gradient lets no gradient through") {
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(3.0, DType::f64), "x");
  CHECK(tape.backward(x * stop_gradient(x))[x].item() == 3.0);
}

// Gradients that are found again: nothing that was recorded over them since may show in them.

namespace {

double slope_of_square(Tape& tape, const Tensor& start, void (*between)(const Var& y)) {
  tape.rewind();
  const Var x = tape.variable(start, "x");
  const Var y = x * x;
  between(y);
  return tape.backward(y)[x].item();
}

}  // namespace

TEST_CASE("a refused op leaves no number in a gradient that is found again") {
  Tape tape;
  const Tensor start = Tensor::scalar(2.0, DType::f64);
  for (int step = 0; step < 3; ++step) {
    CHECK(slope_of_square(tape, start, [](const Var& y) { CHECK_THROWS_AS(matmul(y, 5.0), ShapeError); }) == 4.0);
    CHECK(slope_of_square(tape, start, [](const Var&) {}) == 4.0);
  }
}

TEST_CASE("a number of the program that is recorded over a gradient's first node does not change the gradient") {
  Tape tape;
  const Tensor start = Tensor::scalar(2.0, DType::f64);
  for (const double factor : {3.0, 5.0, 7.0}) {
    CHECK(slope_of_square(tape, start, [](const Var&) {}) == 4.0);
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = x * x;
    CHECK((y * factor).item() == 4.0 * factor);
    CHECK(tape.backward(y)[x].item() == 4.0);
    CHECK(slope_of_square(tape, start, [](const Var&) {}) == 4.0);
  }
}

TEST_CASE("backward of what leads nowhere leaves no number in another gradient") {
  Tape tape;
  const Tensor start = Tensor::ones({4}, DType::f64);
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    const Var x = tape.variable(start, "x"), c = tape.constant(start);
    const Var z = mean(c), y = mean(x);
    if (step % 2 == 1) {
      CHECK(tape.backward(z).size() == 0);
      CHECK(tape.backward(z).size() == 0);
      CHECK(gradient(z, x).value().at({0}) == 0.0);
    } else {
      CHECK(tape.backward(y)[x].at({0}) == 0.25);
    }
  }
}

TEST_CASE("a gradient follows numbers of the program that change from step to step") {
  Tape tape;
  const Tensor start = Tensor::scalar(2.0, DType::f64);
  for (const double k : {3.0, 3.0, 4.0, 3.0, 5.0}) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = x * x * k;
    CHECK(tape.backward(y)[x].item() == 4.0 * k);
    CHECK(gradient(gradient(y, x), x).item() == 2.0 * k);
  }
}
