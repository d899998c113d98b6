#include <capstan/ops/views.hpp>

#include <cstdint>
#include <functional>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;

namespace {

void check_same(const Var& given, const Tensor& wanted) {
  REQUIRE(given.shape() == wanted.shape());
  REQUIRE(elements(given.value()) == elements(wanted));
}

}  // namespace

TEST_CASE("transpose reverses the axes or permutes them") {
  Tape tape;
  const Tensor t = counting({2, 3, 4});
  const Var x = tape.constant(t);
  check_same(transpose(x), t.transpose());
  check_same(transpose(x, {1, 0, 2}), t.transpose({1, 0, 2}));
  check_same(transpose(x, {-1, 0, 1}), t.transpose({2, 0, 1}));
  check_same(transpose(tape.constant(Tensor::scalar(3.0))), Tensor::scalar(3.0));
}

TEST_CASE("reshape keeps the row-major order, of what was transposed as well") {
  Tape tape;
  const Tensor t = counting({2, 6});
  const Var x = tape.constant(t);
  check_same(reshape(x, {3, 4}), t.reshape({3, 4}));
  check_same(reshape(x, {12}), t.reshape({12}));
  check_same(reshape(transpose(x), {4, 3}), t.transpose().copy().reshape({4, 3}));
  check_same(reshape(x, {2, 1, 6, 1}), t.reshape({2, 1, 6, 1}));
  check_same(reshape(tape.constant(Tensor::scalar(3.0)), {1, 1}), Tensor::full({1, 1}, 3.0));
  check_same(reshape(tape.constant(Tensor::zeros({0, 3})), {5, 0}), Tensor::zeros({5, 0}));
}

TEST_CASE("reshape infers the extent that is given as -1") {
  Tape tape;
  const Var x = tape.constant(counting({2, 6}));
  REQUIRE(reshape(x, {-1}).shape() == Shape{12});
  REQUIRE(reshape(x, {-1, 4}).shape() == Shape{3, 4});
  REQUIRE(reshape(x, {2, -1, 3}).shape() == Shape{2, 2, 3});
  REQUIRE(reshape(tape.constant(Tensor::zeros({0, 3})), {-1, 3}).shape() == Shape{0, 3});
  REQUIRE(reshape(x, Shape{4, 3}).shape() == Shape{4, 3});
}

TEST_CASE("slice takes positions with a step, counted from either end") {
  Tape tape;
  const Tensor t = counting({4, 6});
  const Var x = tape.constant(t);
  for (const SliceOptions& options : {
           SliceOptions{.axis = 0, .start = 1, .stop = 3},
           SliceOptions{.axis = 1, .start = 1, .step = 2},
           SliceOptions{.axis = -1, .start = -3, .stop = -1},
           SliceOptions{.axis = 0, .stop = 0},
           SliceOptions{.axis = 0, .start = 4},
           SliceOptions{.axis = 1, .start = 3, .stop = 2},
           SliceOptions{.axis = 1, .start = 2, .stop = 3, .step = INT64_MAX},
       }) {
    check_same(slice(x, options), t.slice(options));
    check_same(slice(transpose(x), options), t.transpose().slice(options));
  }
}

TEST_CASE("broadcast_to repeats extents of 1 and adds axes in front") {
  Tape tape;
  const Var x = tape.constant(counting({3, 1}));
  REQUIRE(elements(broadcast_to(x, {3, 2}).value()) == Numbers{0, 0, 1, 1, 2, 2});
  REQUIRE(elements(broadcast_to(x, {2, 3, 1}).value()) == Numbers{0, 1, 2, 0, 1, 2});
  REQUIRE(broadcast_to(x, {3, 0}).value().elements() == 0);
  REQUIRE(elements(broadcast_to(tape.constant(Tensor::scalar(5.0)), {2}).value()) == Numbers{5, 5});
  check_same(broadcast_to(x, {3, 1}), counting({3, 1}));
}

TEST_CASE("Views take every dtype") {
  Tape tape;
  const Var labels = tape.constant(Tensor::from({1, 2, 3, 4}, {2, 2}).cast(DType::i32));
  REQUIRE(transpose(labels).value().at({0, 1}) == 3.0);
  REQUIRE(slice(reshape(labels, {4}), {.start = 2}).value().dtype() == DType::i32);
}

TEST_CASE("Views of views read the right elements") {
  Tape tape;
  const Tensor t = counting({4, 5, 6});
  const Var x = tape.constant(t);
  const Var y = slice(transpose(slice(x, {.axis = 2, .start = 1, .step = 2}), {2, 0, 1}), {.axis = 1, .start = 1});
  check_same(y, t.slice({.axis = 2, .start = 1, .step = 2}).transpose({2, 0, 1}).slice({.axis = 1, .start = 1}));
  check_same(reshape(y, {-1}), y.value().reshape({45}));
}

TEST_CASE("The gradient of a slice is 0 elsewhere") {
  Tape tape;
  const Var x = tape.variable(counting({2, 5}), "x");
  const Var y = slice(x, {.axis = 1, .start = 1, .step = 2});
  const Var dy = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}));
  REQUIRE(elements(gradient(y, x, dy).value()) == Numbers{0, 1, 0, 2, 0, 0, 3, 0, 4, 0});
  REQUIRE(elements(gradient(slice(x, {.axis = 0, .start = -1}), x).value()) == Numbers{0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  REQUIRE(elements(gradient(slice(x, {.axis = 1, .stop = 0}), x).value()) == Numbers(10, 0.0));
  REQUIRE(elements(gradient(slice(x, {.axis = 1, .start = 2, .stop = 4}), x).value()) ==
          Numbers{0, 0, 1, 1, 0, 0, 0, 1, 1, 0});
}

TEST_CASE("The gradient of a broadcast is the sum over what was repeated") {
  Tape tape;
  const Var x = tape.variable(counting({3, 1}), "x");
  const Var dy = tape.constant(counting({2, 3, 4}));
  REQUIRE(elements(gradient(broadcast_to(x, {2, 3, 4}), x, dy).value()) == Numbers{60, 92, 124});
}

TEST_CASE("No gradient passes through stop_gradient") {
  Tape tape;
  const Var x = tape.variable(counting({3}), "x");
  const Var y = sum(x * stop_gradient(x));
  REQUIRE(y.item() == 5.0);
  REQUIRE(elements(gradient(y, x).value()) == Numbers{0, 1, 2});
  REQUIRE_FALSE(tape.backward(sum(stop_gradient(x))).contains(x));
}

TEST_CASE("Gradients of views agree with central differences, at first and second order") {
  Rng rng{7};
  const Tensor x = Tensor::normal({3, 4, 2}, rng, {.dtype = DType::f64});
  const auto functions = std::vector<std::function<Var(const Var&)>>{
      [](const Var& v) { return transpose(v * v); },
      [](const Var& v) { return transpose(v * v * v, {1, -1, 0}); },
      [](const Var& v) { return reshape(transpose(v * v), {-1, 3}); },
      [](const Var& v) { return slice(v * v * v, {.axis = 1, .start = 1, .step = 2}); },
      [](const Var& v) { return slice(v * v * v, {.axis = -1, .start = -1}); },
      [](const Var& v) { return broadcast_to(slice(v * v, {.axis = 0, .start = 2}), {5, 4, 2}) * 0.5; },
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function " << i);
    check_orders([&](std::span<const Var> in) { return functions[i](in[0]); }, {x});
  }
}

TEST_CASE("A refused view says why and leaves no trace") {
  Tape tape;
  const Var x = tape.variable(counting({2, 6}), "x");
  const std::size_t before = tape.size();
  using Catch::ContainsSubstring;
  REQUIRE_THROWS_AS(transpose(x, {0}), ShapeError);
  REQUIRE_THROWS_WITH(
      transpose(x, {0}),
      ContainsSubstring("transpose: there must be one axis for each of x's 2, got 1\n  x: variable \"x\" (2, 6)") &&
          ContainsSubstring("views_test.cpp:"));
  REQUIRE_THROWS_AS(transpose(x, {0, 2}), IndexError);
  REQUIRE_THROWS_WITH(transpose(x, {0, 0}), ContainsSubstring("transpose: axis 0 is named twice"));
  REQUIRE_THROWS_AS(reshape(x, {5}), ShapeError);
  REQUIRE_THROWS_WITH(reshape(x, {3, 5}), ContainsSubstring("reshape: shape (3, 5) has 15 elements, x has 12"));
  REQUIRE_THROWS_WITH(reshape(x, {-1, -1}), ContainsSubstring("reshape: at most one extent may be -1"));
  REQUIRE_THROWS_WITH(
      reshape(x, {-1, 5}),
      ContainsSubstring("reshape: the extent -1 cannot be inferred: x has 12 elements, the other extents "
                        "multiply to 5"));
  REQUIRE_THROWS_WITH(reshape(x, {-1, 0}), ContainsSubstring("x has 12 elements, the other extents multiply to 0"));
  REQUIRE_THROWS_WITH(reshape(x, {-2, 6}), ContainsSubstring("reshape: an extent must not be negative, got -2"));
  REQUIRE_THROWS_WITH(reshape(x, {INT64_MAX, 4}), ContainsSubstring("does not fit 63 bits"));
  REQUIRE_THROWS_AS(slice(x, {.axis = 2}), IndexError);
  REQUIRE_THROWS_WITH(slice(x, {.axis = 2}), ContainsSubstring("slice: axis 2 is out of range for rank 2"));
  REQUIRE_THROWS_AS(slice(x, {.axis = 1, .start = 7}), IndexError);
  REQUIRE_THROWS_WITH(slice(x, {.axis = 1, .start = 7}),
                      ContainsSubstring("slice: start 7 is out of range for axis 1, which has 6 positions"));
  REQUIRE_THROWS_WITH(slice(x, {.axis = 1, .stop = -7}), ContainsSubstring("slice: stop -7 is out of range"));
  REQUIRE_THROWS_AS(slice(x, {.axis = 1, .step = 0}), ValueError);
  REQUIRE_THROWS_WITH(slice(x, {.axis = 1, .step = -1}), ContainsSubstring("slice: step must be at least 1, got -1"));
  REQUIRE_THROWS_AS(broadcast_to(x, {2, 5}), ShapeError);
  REQUIRE_THROWS_WITH(broadcast_to(x, {6}), ContainsSubstring("broadcast_to: shape (2, 6) does not broadcast to (6)"));
  REQUIRE(tape.size() == before);
}
