// A refused op leaves no trace, and says what was wrong in the user's words.
#include <cmath>
#include <stdexcept>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;

namespace {

Tensor numbers(double first) { return Tensor::from({first, first + 1, first + 2}, {3}); }

}  // namespace

TEST_CASE("a refused op takes back the constants and numbers made for its operands") {
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var x = tape.variable(numbers(1), "x");
    const std::size_t before = tape.size();
    REQUIRE_THROWS_AS(x + Tensor::ones({2}, DType::f64), ShapeError);
    REQUIRE_THROWS_AS(x + Tensor::ones({3}, DType::f32), DTypeError);
    REQUIRE_THROWS_AS(x * Parameter("p", Tensor::ones({4}, DType::f64)), ShapeError);
    CHECK(tape.size() == before);
    CHECK((x + 1.0).value().at({0}) == 2.0);
  }
}

TEST_CASE("a parameter of a refused op is recorded properly when it is used again") {
  Parameter p{"p", Tensor::ones({2}, DType::f64)}, q{"q", numbers(5)};
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  REQUIRE_THROWS_AS(x * p, ShapeError);
  const Var y = x * q;
  CHECK(sum(tape.parameter(p)).item() == 2.0);
  CHECK(y.value().at({0}) == 5.0);
}

TEST_CASE("a function of several ops is refused as a whole") {
  Tape tape;
  const Var x = tape.variable(numbers(1), "x");
  const std::size_t before = tape.size();
  const auto composite = [&](const Operand& a) {
    const Composite whole{"composite", {&a}, std::source_location::current()};
    const Var y = x * 2.0;
    return y + a;
  };
  const Tensor wrong = Tensor::ones({2}, DType::f64);
  REQUIRE_THROWS_AS(composite(wrong), ValueError);  // no operand on a tape
  const Var other = tape.constant(wrong);
  REQUIRE_THROWS_AS(composite(other), ShapeError);
  CHECK(tape.size() == before + 1);
  CHECK(composite(x).value().at({0}) == 3.0);
}

TEST_CASE("a refused op in the middle of a repeated recording leaves the recording as it was") {
  Tape tape;
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    const Var x = tape.variable(numbers(step), "x");
    const Var y = x * 2.0;
    if (step != 1) {
      CHECK_THROWS_AS(y + Tensor::ones({2}, DType::f64), ShapeError);
    }
    const Var cost = sum(y * y);
    CHECK(tape.backward(cost)[x].at({1}) == 8.0 * (step + 1));
  }
}

TEST_CASE("operands of two tapes, of none, and empty Vars are refused") {
  Tape one, two;
  const Var x = one.constant(numbers(1)), y = two.constant(numbers(2));
  REQUIRE_THROWS_WITH(x + y, Catch::ContainsSubstring("add: operands must be on one tape, got 1 and 2 on two\n"
                                                      "  operand 1: constant (3), recorded at refusal_test.cpp:") &&
                                 Catch::ContainsSubstring("\n  operand 2: constant (3), recorded at ") &&
                                 Catch::ContainsSubstring("\n  at refusal_test.cpp:"));
  REQUIRE_THROWS_WITH(x + Var{}, Catch::ContainsSubstring("add: operand 2 must have a value, got an empty Var\n"
                                                          "  operand 1: constant (3), recorded at ") &&
                                     Catch::ContainsSubstring("\n  operand 2: an empty Var\n  at "));
  REQUIRE_THROWS_AS(x + y, ValueError);
  REQUIRE_THROWS_AS(x + Var{}, StaleVarError);
  REQUIRE_THROWS_AS(Var{}.value(), StaleVarError);
  REQUIRE_THROWS_AS(gradient(Var{}, x), StaleVarError);
  const Parameter p{"p", numbers(1)};
  REQUIRE_THROWS_AS(sum(p), ValueError);
  REQUIRE_THROWS_WITH(sum(p), Catch::ContainsSubstring("sum: no operand is on a tape") &&
                                  Catch::ContainsSubstring("refusal_test.cpp:"));
  REQUIRE_THROWS_AS(one.backward(y), ValueError);
}

TEST_CASE("shapes that broadcast to more than any tensor can have are refused by op and line") {
  Tape tape;
  const std::int64_t far = std::int64_t{1} << 20;
  const Tensor one = Tensor::ones({1});
  const Var a = tape.constant(one.broadcast_to({far, 1, far, 1})),
            b = tape.constant(one.broadcast_to({1, far, 1, far}));
  CHECK_THROWS_AS(a + b, ShapeError);
  CHECK_THROWS_WITH(a + b, Catch::ContainsSubstring("add: shapes do not broadcast: the result would have more elements "
                                                    "than 63 bits count\n  operand 1: constant (1048576, 1, ") ||
                               Catch::ContainsSubstring("\n  a: constant (1048576, 1, "));
  CHECK_THROWS_WITH(a + b, Catch::ContainsSubstring("\n  at refusal_test.cpp:"));
  const Var c = tape.constant(one.broadcast_to({far, 1, far, 1, 1, 1})),
            d = tape.constant(one.broadcast_to({1, far, 1, far, 1, 1}));
  CHECK_THROWS_WITH(
      matmul(c, d),
      Catch::ContainsSubstring(
          "matmul: leading axes of W and x must broadcast: be equal or 1, with fewer than 2^63 elements in all, "
          "got (1048576, 1, ") &&
          Catch::ContainsSubstring("\n  at refusal_test.cpp:"));
  CHECK(tape.size() == 4);
}

TEST_CASE("a number that is combined with an i32 operand must be a whole number of 32 bits") {
  Tape tape;
  const Var labels = tape.constant(Tensor::from({1, 2, 3}, {3}));
  CHECK((labels + 1).value().at({2}) == 4.0);
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(labels + 0.5, ValueError);
  REQUIRE_THROWS_WITH(labels + 3e9, Catch::ContainsSubstring(
                                        "add: 3000000000 cannot be combined with an i32 operand; use a whole number "
                                        "that fits 32 bits, or cast the operand\n  operand 1: constant (3)"));
  CHECK(tape.size() == before);
}

TEST_CASE("a value that was taken back is not that of a node recorded since") {
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var mask = tape.constant(Tensor::from({7, 8, 9}, {3, 1}));
    const Var x = tape.constant(Tensor::from({1.0, 2.0, 3.0}, {3, 1}));
    const Tensor bad = Tensor::zeros({5, 4}, DType::f64);
    CHECK_THROWS_AS(where(mask, x, bad), ShapeError);  // an eager tape has computed the mask as f64 by then
    const Var y = reshape(x, {1, 3});
    CHECK_THROWS_AS(sum(y, {.axis = 9}), IndexError);
    CHECK_THROWS_AS(add(y, bad), ShapeError);
    CHECK(y.value().at({0, 1}) == 2.0);
    CHECK(exp(y).value().at({0, 2}) == Approx(std::exp(3.0)));
  }
}

TEST_CASE("a value that a refused gradient rule has read is not that of a node recorded since") {
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var x = tape.variable(Tensor::scalar(2.0, DType::f64));
    const CustomOp twice{{.name = "twice",
                          .forward = [](const CustomForward& f) { f.output<double>()[0] = 2 * f.input<double>(0)[0]; },
                          .gradient = [](const CustomGradient& g) -> std::vector<Var> {
                            if ((g.input(0) * 50.0).item() > 10) throw std::runtime_error{"too large"};
                            return {2.0 * g.dy()};
                          }}};
    const Var z = twice(x);
    CHECK_THROWS_WITH(tape.backward(z), "too large");
    const Var a = abs(x), b = abs(a), y = exp(b);
    CHECK_THROWS_AS(matmul(x, 1.0), ShapeError);
    CHECK(y.item() == Approx(std::exp(2.0)));
    CHECK(z.item() == 4.0);
    CHECK_FALSE(tape.explain().empty());  // of nodes that are there
  }
}

TEST_CASE("an error of two dtypes says which literals make them") {
  const auto hints = [](const auto& call) {
    CHECK_THROWS_AS(call(), DTypeError);
    CHECK_THROWS_WITH(call(),
                      Catch::ContainsSubstring(
                          "\n  in Tensor::from 1 is i32, 1.0f is f32 and 1.0 is f64; "
                          "t.cast(DType::f32) converts a tensor, cast(x, DType::f32) a Var\n  at refusal_test.cpp:"));
  };
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}), "x");
  hints([&] { return x + Tensor::from({1.0, 2.0, 3.0}, {3}); });
  hints([&] { return x * Tensor::from({1, 2, 3}, {3}); });
  hints([&] { return sum(Tensor::from({1, 2, 3}, {3}) * tape.constant(Tensor::from({1, 2, 3}, {3}))); });
}

TEST_CASE(
    "what a refused gradient rule has computed is not counted as computed, though gradients were recorded before") {
  Tape tape;
  const Var x = tape.variable(numbers(1));
  const CustomOp twice{{.name = "twice",
                        .forward =
                            [](const CustomForward& f) {
                              for (std::size_t i = 0; i < 3; ++i) f.output<double>()[i] = 2 * f.input<double>(0)[i];
                            },
                        .gradient = [](const CustomGradient& g) -> std::vector<Var> {
                          Var far = g.input(0);
                          for (int i = 0; i < 4000; ++i) far = -far;
                          if (sum(far).item() > 0) throw std::runtime_error{"too large"};
                          return {2.0 * g.dy()};
                        }}};
  const Var y = mean(square(twice(x)));
  CHECK_THROWS_WITH(tape.backward(y), "too large");
  const Var z = y + 1.0;
  CHECK(z.item() == Approx(4.0 * 14.0 / 3.0 + 1.0));
  CHECK((z * 2.0).item() == Approx(2.0 * (4.0 * 14.0 / 3.0 + 1.0)));
}
