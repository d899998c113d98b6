#include <capstan/ops/concatenate.hpp>

#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;

namespace {

const Tensor two_by_two = Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2});
const Tensor one_by_two = Tensor::from({5.0, 6.0}, {1, 2});

}  // namespace

TEST_CASE("concatenate joins along any axis") {
  Tape tape;
  const Var a = tape.constant(two_by_two), b = tape.constant(one_by_two);
  REQUIRE(elements(concatenate({a, b}).value()) == Numbers{1, 2, 3, 4, 5, 6});
  REQUIRE(concatenate({a, b}).shape() == Shape{3, 2});
  REQUIRE(elements(concatenate({a, transpose(b)}, {.axis = 1}).value()) == Numbers{1, 2, 5, 3, 4, 6});
  REQUIRE(elements(concatenate({transpose(a), a}, {.axis = -1}).value()) == Numbers{1, 3, 1, 2, 2, 4, 3, 4});
  REQUIRE(elements(concatenate({a}).value()) == Numbers{1, 2, 3, 4});
}

TEST_CASE("concatenate takes Vars, Parameters and Tensors, and a vector of Vars") {
  Tape tape;
  const Var a = tape.constant(two_by_two);
  const Parameter p{"p", one_by_two};
  REQUIRE(elements(concatenate({a, p, one_by_two}).value()) == Numbers{1, 2, 3, 4, 5, 6, 5, 6});
  std::vector<Var> parts;
  for (int i = 0; i < 40; ++i) parts.push_back(a * i);  // more than find room without memory of their own
  const Tensor joined = concatenate(parts, {.axis = 1}).value();
  REQUIRE(joined.shape() == Shape{2, 80});
  REQUIRE(joined.at({1, 79}) == 4.0 * 39);
  REQUIRE(joined.at({0, 2}) == 1.0);
}

TEST_CASE("concatenate takes operands of extent 0") {
  Tape tape;
  const Var a = tape.constant(two_by_two), none = tape.constant(Tensor::zeros({0, 2}, DType::f64));
  REQUIRE(elements(concatenate({none, a, none}).value()) == Numbers{1, 2, 3, 4});
  REQUIRE(concatenate({none, none}).value().shape() == Shape{0, 2});
  REQUIRE(concatenate({none, none}, {.axis = 1}).value().shape() == Shape{0, 4});
}

TEST_CASE("stack makes a new axis") {
  Tape tape;
  const Var a = tape.constant(two_by_two), b = a * 10;
  REQUIRE(stack({a, b}).shape() == Shape{2, 2, 2});
  REQUIRE(elements(stack({a, b}).value()) == Numbers{1, 2, 3, 4, 10, 20, 30, 40});
  REQUIRE(elements(stack({a, b}, {.axis = 1}).value()) == Numbers{1, 2, 10, 20, 3, 4, 30, 40});
  REQUIRE(elements(stack({a, b}, {.axis = -1}).value()) == Numbers{1, 10, 2, 20, 3, 30, 4, 40});
  const std::vector<Var> steps{sum(a), sum(b), sum(a)};
  REQUIRE(elements(stack(steps).value()) == Numbers{10, 100, 10});
}

TEST_CASE("Labels can be joined as well") {
  Tape tape;
  const Var labels = tape.constant(Tensor::from({1, 2}, {2}));
  const Tensor joined = concatenate({labels, labels}).value();
  REQUIRE(joined.dtype() == DType::i32);
  REQUIRE(joined.at({3}) == 2.0);
}

TEST_CASE("Each operand of concatenate gets its part of the gradient") {
  Tape tape;
  const Var a = tape.variable(two_by_two, "a"), b = tape.variable(one_by_two, "b");
  const Var y = concatenate({a, b, a});
  const Var dy = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0}, {5, 2}));
  REQUIRE(elements(gradient(y, b, dy).value()) == Numbers{5, 6});
  REQUIRE(elements(gradient(y, a, dy).value()) == Numbers{8, 10, 12, 14});
}

TEST_CASE("Gradients of concatenate and stack agree with central differences, at first and second order") {
  Rng rng{9};
  const Tensor a = Tensor::normal({2, 3}, rng, {.dtype = DType::f64});
  const Tensor b = Tensor::normal({2, 3}, rng, {.dtype = DType::f64});
  check_orders([](std::span<const Var> in) { return concatenate({in[0] * in[0], in[1], in[0]}, {.axis = 1}); }, {a, b});
  check_orders([](std::span<const Var> in) { return stack({in[0] * in[0], in[1] * in[0]}, {.axis = 1}); }, {a, b});
}

TEST_CASE("A refused concatenate or stack says why and leaves no trace") {
  Tape tape;
  const Var a = tape.variable(two_by_two, "a"), b = tape.variable(one_by_two, "b");
  const Var number = tape.constant(Tensor::scalar(1.0, DType::f64));
  const std::size_t before = tape.size();
  using Catch::ContainsSubstring;
  REQUIRE_THROWS_AS(concatenate(std::vector<Var>{}), ValueError);
  REQUIRE_THROWS_WITH(concatenate(std::vector<Var>{}),
                      ContainsSubstring("concatenate: needs at least one operand, got none") &&
                          ContainsSubstring("concatenate_test.cpp:"));
  REQUIRE_THROWS_AS(concatenate({a, b}, {.axis = 1}), ShapeError);
  REQUIRE_THROWS_WITH(
      concatenate({a, b}, {.axis = 1}),
      ContainsSubstring("concatenate: operands must agree in all axes but axis 1, got (2, 2) and (1, 2)") &&
          ContainsSubstring("operand 2: variable \"b\" (1, 2)"));
  REQUIRE_THROWS_AS(concatenate({a, number}), ShapeError);
  REQUIRE_THROWS_WITH(concatenate({number, number}), ContainsSubstring("numbers have no axis to be joined along"));
  REQUIRE_THROWS_AS(concatenate({a, b}, {.axis = 2}), IndexError);
  REQUIRE_THROWS_WITH(concatenate({a, b}, {.axis = -3}), ContainsSubstring("axis -3 is out of range for rank 2"));
  REQUIRE_THROWS_AS(concatenate({a, Tensor::zeros({1, 2})}), DTypeError);
  REQUIRE_THROWS_WITH(concatenate({a, Tensor::zeros({1, 2})}), ContainsSubstring("got f64 and f32"));
  REQUIRE_THROWS_AS(stack({a, b}), ShapeError);
  REQUIRE_THROWS_WITH(stack({a, b}),
                      ContainsSubstring("stack: operands must have the same shape, got (2, 2) and (1, 2)"));
  REQUIRE_THROWS_AS(stack({a, a}, {.axis = 3}), IndexError);
  REQUIRE_THROWS_WITH(
      stack({Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1}, DType::f64), reshape(number, {1, 1, 1, 1, 1, 1, 1, 1})}),
      ContainsSubstring("stack: a tensor has at most 8 axes"));
  REQUIRE_THROWS_AS(concatenate({two_by_two, one_by_two}), ValueError);  // no operand is on a tape
  REQUIRE(tape.size() == before + 1);                                    // the reshape above
}
