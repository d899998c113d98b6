// matmul on the tape: values, gradients and refusals. The kernels have tests of their own (tests/kernels/product_test.cpp).
#include <capstan/ops/matmul.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <source_location>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

void check_close(const Tensor& given, const Tensor& wanted) {
  REQUIRE(given.shape() == wanted.shape());
  const Tensor left = given.copy(), right = wanted.copy();
  for (std::size_t i = 0; i < left.data<double>().size(); ++i) {
    REQUIRE(left.data<double>()[i] == Approx(right.data<double>()[i]).epsilon(1e-12).margin(1e-12));
  }
}

std::string text_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::uint32_t products_on(const Tape& tape) {
  std::uint32_t count = 0;
  for (std::uint32_t id = 0; id < tape.size(); ++id) count += tape.node(id).op() == "matmul" ? 1 : 0;
  return count;
}

using Inputs = std::span<const Var>;

void check_gradient_of(const std::vector<Tensor>& inputs, const std::function<Var(Inputs)>& f) {
  const GradientReport report = check_gradient(f, inputs, {.tolerance = 1e-7});
  INFO(fmt::format("{}", report));
  CHECK(report.passed());
}

Var product(Inputs x) { return matmul(x[0], x[1]); }

/// A function of the first gradients, so that its own gradient is of the second order.
Var of_gradients(Inputs x) {
  const Var y = sum(tanh(matmul(x[0], x[1])));
  return sum(square(gradient(y, x[0]))) + sum(square(gradient(y, x[1])));
}

}  // namespace

TEST_CASE("matmul multiplies matrices") {
  Tape tape;
  const Var a = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3}));
  const Var b = tape.constant(Tensor::from({1.0, 0.0, 2.0, -1.0, 0.0, 3.0}, {3, 2}));
  CHECK(same_bits(matmul(a, b).value(), Tensor::from({5.0, 7.0, 14.0, 13.0}, {2, 2})));
}

TEST_CASE("matmul takes a vector on the left as a row and on the right as a column, without its axis in the result") {
  Tape tape;
  const Tensor a = normal({4}, 1), b = normal({4, 3}, 2), c = normal({5, 4}, 3), stack = normal({2, 4, 3}, 4);
  const Var v = tape.constant(a);
  CHECK(same_bits(matmul(v, b).value(), matmul(reshape(v, {1, 4}), b).value().reshape({3})));
  CHECK(same_bits(matmul(c, v).value(), matmul(c, reshape(v, {4, 1})).value().reshape({5})));
  CHECK(same_bits(matmul(v, v).value(), matmul(reshape(v, {1, 4}), reshape(v, {4, 1})).value().reshape({})));
  CHECK(matmul(v, stack).shape() == Shape{2, 3});
  CHECK(matmul(tape.constant(normal({2, 3, 4}, 5)), v).shape() == Shape{2, 3});
}

TEST_CASE("matmul broadcasts the axes before the last two") {
  Tape tape;
  const Var a = tape.constant(normal({2, 1, 3, 4}, 1)), b = tape.constant(normal({5, 4, 6}, 2));
  const Tensor y = matmul(a, b).value();
  REQUIRE(y.shape() == Shape{2, 5, 3, 6});
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const Var left = reshape(slice(a, {.axis = 0, .start = i, .stop = i + 1}), {3, 4});
      const Var right = reshape(slice(b, {.axis = 0, .start = j, .stop = j + 1}), {4, 6});
      const Tensor part = y.slice({.axis = 0, .start = i, .stop = i + 1}).slice({.axis = 1, .start = j, .stop = j + 1});
      CHECK(same_bits(part.copy().reshape({3, 6}), matmul(left, right).value()));
    }
  }
  const Var matrix = tape.constant(normal({6, 2}, 3));
  CHECK(matmul(b, matrix).shape() == Shape{5, 4, 2});
  CHECK(matmul(transpose(matrix), transpose(b, {0, 2, 1})).shape() == Shape{5, 2, 4});
}

TEST_CASE("matmul gives the same bits for a view and for its copy") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Tensor wide = normal({70, 90}, 1, dtype), tall = normal({90, 141}, 2, dtype), row = normal({1, 90}, 3, dtype);
    const std::vector<Tensor> lefts = {
        wide, normal({90, 70}, 4, dtype).transpose(),
        normal({140, 180}, 5, dtype).slice({.axis = 0, .step = 2}).slice({.axis = 1, .step = 2}),
        row.broadcast_to({70, 90})};
    const std::vector<Tensor> rights = {tall, normal({141, 90}, 6, dtype).transpose(),
                                        row.transpose().broadcast_to({90, 33}), row.transpose(),
                                        normal({2, 90, 3}, 7, dtype).transpose({0, 2, 1}).transpose({0, 2, 1})};
    for (const Tensor& a : lefts) {
      for (const Tensor& b : rights) {
        const Tensor of_views = matmul(tape.constant(a), b).value();
        CHECK(same_bits(of_views, matmul(tape.constant(a.copy()), b.copy()).value()));
        if (b.rank() > 2) continue;
        const Tensor reversed = matmul(transpose(tape.constant(b)), transpose(tape.constant(a))).value();
        CHECK(same_bits(reversed, matmul(tape.constant(b.transpose().copy()), a.transpose().copy()).value()));
      }
    }
  }
}

TEST_CASE("matmul's gradients are dy times the other operand, transposed") {
  Tape tape;
  const Tensor w = normal({3, 5}, 1), x = normal({5, 4}, 2), dy = normal({3, 4}, 3);
  const Var W = tape.variable(w), X = tape.variable(x), y = matmul(W, X), seed = tape.constant(dy);
  check_close(gradient(y, W, seed).value(), matmul(seed, x.transpose()).value());
  check_close(gradient(y, X, seed).value(), matmul(tape.constant(w.transpose()), dy).value());
}

TEST_CASE("matmul's gradients are right for matrices, vectors and stacks") {
  check_gradient_of({normal({3, 5}, 1), normal({5, 4}, 2)}, product);
  check_gradient_of({normal({5}, 1), normal({5, 4}, 2)}, product);
  check_gradient_of({normal({3, 5}, 1), normal({5}, 2)}, product);
  check_gradient_of({normal({5}, 1), normal({5}, 2)}, product);
  check_gradient_of({normal({2, 3, 5}, 1), normal({2, 5, 4}, 2)}, product);
  check_gradient_of({normal({2, 1, 3, 5}, 1), normal({4, 5, 2}, 2)}, product);
  check_gradient_of({normal({3, 5}, 1), normal({2, 5, 4}, 2)}, product);
  check_gradient_of({normal({5}, 1), normal({2, 5, 4}, 2)}, product);
  check_gradient_of({normal({2, 2, 3, 5}, 1), normal({5}, 2)}, product);
  check_gradient_of({normal({5, 3}, 1), normal({4, 5}, 2)},
                    [](Inputs x) { return matmul(transpose(x[0]), transpose(x[1])); });
  check_gradient_of({normal({4, 4}, 1)}, [](Inputs x) { return matmul(x[0], x[0]); });
}

TEST_CASE("matmul can be differentiated twice") {
  check_gradient_of({normal({3, 4}, 1), normal({4, 2}, 2)}, of_gradients);
  check_gradient_of({normal({4}, 1), normal({4, 2}, 2)}, of_gradients);
  check_gradient_of({normal({3, 4}, 1), normal({4}, 2)}, of_gradients);
  check_gradient_of({normal({4}, 1), normal({4}, 2)}, of_gradients);
  check_gradient_of({normal({2, 1, 3, 4}, 1), normal({2, 4, 2}, 2)}, of_gradients);
}

TEST_CASE("matmul records only the gradients that are wanted") {
  Tape tape;
  const Var W = tape.variable(normal({3, 5}, 1)), x = tape.constant(normal({5, 4}, 2));
  const Var cost = sum(matmul(W, x));
  REQUIRE(products_on(tape) == 1);
  const Gradients gradients = tape.backward(cost);
  CHECK(products_on(tape) == 2);
  CHECK(gradients[W].shape() == Shape{3, 5});
}

TEST_CASE("matmul over nothing is zeros, and so are its gradients") {
  Tape tape;
  const Var a = tape.variable(Tensor::zeros({3, 0}, DType::f64)), b = tape.variable(Tensor::zeros({0, 2}, DType::f64));
  CHECK(same_bits(matmul(a, b).value(), Tensor::zeros({3, 2}, DType::f64)));
  const Gradients gradients = tape.backward(sum(matmul(a, b)));
  CHECK(gradients[a].shape() == Shape{3, 0});
  CHECK(gradients[b].shape() == Shape{0, 2});
  const Var none = tape.variable(Tensor::zeros({0, 4}, DType::f64)), w = tape.variable(normal({4, 2}, 1));
  const Var y = matmul(none, w);
  CHECK(y.value().shape() == Shape{0, 2});
  CHECK(same_bits(gradient(sum(y), w).value(), Tensor::zeros({4, 2}, DType::f64)));
  const Var vector = tape.constant(Tensor::zeros({0}, DType::f64));
  CHECK(matmul(vector, vector).item() == 0.0);
  CHECK(matmul(tape.constant(Tensor::zeros({0, 3, 4}, DType::f64)), w).value().shape() == Shape{0, 3, 2});
}

TEST_CASE("matmul lets NaN and infinity through") {
  const double infinity = std::numeric_limits<double>::infinity();
  Tape tape;
  const Var a = tape.constant(Tensor::from({1.0, infinity, std::nan(""), 1.0, 2.0, 3.0}, {3, 2}));
  const Tensor y = matmul(a, Tensor::from({1.0, 1.0}, {2, 1})).value();
  CHECK(y.at({0, 0}) == infinity);
  CHECK(std::isnan(y.at({1, 0})));
  CHECK(y.at({2, 0}) == 5.0);
  CHECK(std::isnan(matmul(a, Tensor::from({1.0, 0.0}, {2, 1})).value().at({0, 0})));
}

TEST_CASE("matmul refuses operands that do not fit, in the words of the notes") {
  Tape tape;
  const Parameter W{"W1", Tensor::zeros({512, 784})};
  const auto made = std::source_location::current();
  const Var x = transpose(tape.constant(Tensor::zeros({128, 600})));
  const std::size_t before = tape.size();
  const auto called = std::source_location::current();
  const std::string text = text_of([&] { matmul(W, x); });
  CHECK(text == fmt::format("matmul: columns of W must equal rows of x, got 784 and 600\n"
                            "  W: parameter \"W1\" (512, 784)\n"
                            "  x: (600, 128), recorded by transpose at matmul_test.cpp:{}\n"
                            "  at matmul_test.cpp:{}",
                            made.line() + 1, called.line() + 1));
  CHECK(tape.size() == before);
  REQUIRE_THROWS_AS(matmul(W, x), ShapeError);
}

TEST_CASE("matmul names what does not fit of vectors and stacks") {
  Tape tape;
  const Var vector = tape.variable(Tensor::zeros({3}), "v"), matrix = tape.variable(Tensor::zeros({4, 5}), "A");
  const Var stack = tape.variable(Tensor::zeros({2, 5, 4}), "S"), number = tape.variable(Tensor::scalar(1.0), "c");
  const std::size_t before = tape.size();
  const auto refuses = [](const Var& a, const Var& b, const std::string& rule) {
    REQUIRE_THROWS_AS(matmul(a, b), ShapeError);
    CHECK_THAT(text_of([&] { matmul(a, b); }), Catch::ContainsSubstring(rule));
  };
  refuses(vector, matrix, "matmul: elements of W must equal rows of x, got 3 and 4\n  W: variable \"v\" (3)\n");
  refuses(matrix, vector, "matmul: columns of W must equal elements of x, got 5 and 3\n");
  refuses(vector, tape.constant(Tensor::zeros({2})), "matmul: elements of W must equal elements of x, got 3 and 2\n");
  refuses(stack, tape.constant(Tensor::zeros({3, 4, 2})),
          "matmul: leading axes of W and x must broadcast: be equal or 1, with fewer than 2^63 elements in all, got "
          "(2) and (3)\n");
  refuses(number, matrix,
          "matmul: W must have an axis, got shape ()\n  W: variable \"c\" ()\n  x: variable \"A\" (4, 5)");
  refuses(matrix, number, "matmul: x must have an axis, got shape ()\n");
  constexpr std::int64_t large = std::int64_t{1} << 40;
  refuses(tape.constant(Tensor::zeros({large, 0})), tape.constant(Tensor::zeros({0, large})),
          "matmul: the product (1099511627776, 1099511627776) must have fewer than 2^63 elements\n");
  CHECK(tape.size() == before + 4);
}

TEST_CASE("matmul refuses integers, and two dtypes") {
  Tape tape;
  const Var single = tape.constant(Tensor::ones({2, 2})), twice = tape.constant(Tensor::ones({2, 2}, DType::f64));
  const Var whole = tape.constant(Tensor::ones({2, 2}, DType::i32));
  REQUIRE_THROWS_AS(matmul(single, twice), DTypeError);
  CHECK_THAT(
      text_of([&] { matmul(single, twice); }),
      Catch::ContainsSubstring("matmul: operands must have the same dtype, got f32 and f64\n  W: constant (2, 2)"));
  REQUIRE_THROWS_AS(matmul(whole, whole), DTypeError);
  CHECK_THAT(text_of([&] { matmul(whole, whole); }),
             Catch::ContainsSubstring("matmul: operands must be f32 or f64, got i32\n"));
  CHECK(tape.size() == 3);
}
