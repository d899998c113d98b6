#include <capstan/graph/custom_op.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

using Vars = std::vector<Var>;

std::vector<double> list(const Tensor& tensor) {
  const auto elements = tensor.data<double>();
  return {elements.begin(), elements.end()};
}

using Numbers = std::vector<double>;

void cube_forward(const CustomForward& f) {
  const auto in = f.input<double>(0);
  const auto out = f.output<double>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] * in[i] * in[i];
}

CustomOp make_cube() {
  return CustomOp{{.name = "cube", .forward = cube_forward, .gradient = [](const CustomGradient& g) {
                     return Vars{3.0 * g.input(0) * g.input(0) * g.dy()};
                   }}};
}

/// A cube whose gradient rule is wrong in some way.
CustomOp cube_with(std::function<Vars(const CustomGradient&)> gradient) {
  return CustomOp{{.name = "cube", .forward = cube_forward, .gradient = std::move(gradient)}};
}

Tensor numbers() { return Tensor::from({1.0, -2.0, 3.0, 0.5, 0.0, -1.0}, {2, 3}); }

}  // namespace

TEST_CASE("An op of the user's own has a value and a gradient") {
  const CustomOp cube = make_cube();
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const Var y = cube(x);
  CHECK(y.shape() == Shape{2, 3});
  CHECK(y.dtype() == DType::f64);
  CHECK(list(y.value()) == Numbers{1.0, -8.0, 27.0, 0.125, 0.0, -1.0});
  CHECK(list(tape.backward(sum(y))[x]) == Numbers{3.0, 12.0, 27.0, 0.75, 0.0, 3.0});
}

TEST_CASE("A rule written with ops can be differentiated again") {
  const CustomOp cube = make_cube();
  CHECK(check_gradient([&](std::span<const Var> in) { return tanh(cube(in[0])); }, {numbers()}).passed());
  const GradientReport second =
      check_gradient([&](std::span<const Var> in) { return gradient(sum(cube(in[0])), in[0]); }, {numbers()});
  INFO(to_string(second));
  CHECK(second.passed());
}

TEST_CASE("Inputs are row-major for the value function, whatever they are on the tape") {
  const CustomOp reverse{{.name = "reverse", .forward = [](const CustomForward& f) {
                            const auto in = f.input<double>(0);
                            const auto out = f.output<double>();
                            for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[in.size() - 1 - i];
                          }}};
  Tape tape;
  const Var x = tape.constant(numbers().transpose());
  CHECK(list(reverse(x).value()) == Numbers{-1.0, 3.0, 0.0, -2.0, 0.5, 1.0});
  // The output is memory of its own even where the input is not needed afterwards.
  CHECK(list(reverse(tanh(x) * 0.0 + numbers().transpose()).value()) == Numbers{-1.0, 3.0, 0.0, -2.0, 0.5, 1.0});
}

TEST_CASE("A shape function says what operands of several shapes give") {
  const CustomOp outer{{.name = "outer",
                        .forward =
                            [](const CustomForward& f) {
                              CHECK(f.input_count() == 2);
                              CHECK(f.output_shape() == Shape{f.input_shape(0)[0], f.input_shape(1)[0]});
                              CHECK(f.output_dtype() == DType::f64);
                              const auto a = f.input<double>(0), b = f.input<double>(1);
                              const auto out = f.output<double>();
                              for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i / b.size()] * b[i % b.size()];
                            },
                        .gradient =
                            [](const CustomGradient& g) {
                              return Vars{sum(g.dy() * g.input(1), {.axis = 1}),
                                          sum(g.dy() * g.output(), {.axis = 0}) / g.input(1)};
                            },
                        .shape = [](std::span<const Shape> s) { return Shape{s[0][0], s[1][0]}; }}};
  const Tensor a = Tensor::from({1.0, 2.0}, {2}), b = Tensor::from({3.0, 4.0, 5.0}, {3});
  Tape tape;
  CHECK(list(outer(tape.constant(a), b).value()) == Numbers{3.0, 4.0, 5.0, 6.0, 8.0, 10.0});
  const GradientReport report = check_gradient([&](std::span<const Var> in) { return outer(in[0], in[1]); }, {a, b});
  INFO(to_string(report));
  CHECK(report.passed());
}

TEST_CASE("Three operands, numbers and labels go together") {
  const CustomOp pick{{.name = "pick",
                       .forward =
                           [](const CustomForward& f) {
                             const auto a = f.input<double>(0), b = f.input<double>(1);
                             const auto which = f.input<std::int32_t>(2);
                             const auto out = f.output<double>();
                             for (std::size_t i = 0; i < out.size(); ++i) out[i] = which[i] == 0 ? a[0] : b[i];
                           },
                       .gradient = [](const CustomGradient& g) { return Vars{Var{}, g.dy(), Var{}}; },
                       .shape = [](std::span<const Shape> s) { return s[2]; }}};
  Tape tape;
  const Var b = tape.variable(Tensor::from({1.0, 2.0, 3.0}, {3}), "b");
  const Var y = pick(7.0, b, Tensor::from({0, 1, 0}, {3}));
  CHECK(y.dtype() == DType::f64);
  CHECK(list(y.value()) == Numbers{7.0, 2.0, 7.0});
  CHECK(list(tape.backward(sum(y))[b]) == Numbers{1.0, 1.0, 1.0});
}

TEST_CASE("An op takes any number of operands in braces") {
  const CustomOp total{{.name = "total",
                        .forward =
                            [](const CustomForward& f) {
                              const auto out = f.output<double>();
                              std::fill(out.begin(), out.end(), 0.0);
                              for (std::size_t k = 0; k < f.input_count(); ++k) {
                                for (std::size_t i = 0; i < out.size(); ++i) out[i] += f.input<double>(k)[i];
                              }
                            },
                        .gradient = [](const CustomGradient& g) { return Vars(g.input_count(), g.dy()); }}};
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const Var y = total({x, x, numbers(), x, x});
  CHECK(y.value().at({0, 2}) == 15.0);
  CHECK(list(tape.backward(sum(y))[x]) == Numbers(6, 4.0));
  CHECK(total({x}).value().at({0, 2}) == 3.0);
}

TEST_CASE("Without a gradient rule, and where the rule gives an empty Var, gradients stop") {
  const CustomOp plain{{.name = "plain", .forward = cube_forward}};
  const CustomOp empty = cube_with([](const CustomGradient&) { return Vars{Var{}}; });
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  CHECK(list(gradient(sum(plain(x)), x).value()) == Numbers(6, 0.0));
  CHECK(list(gradient(sum(empty(x)), x).value()) == Numbers(6, 0.0));
  CHECK_FALSE(tape.backward(sum(empty(x))).contains(x));
  CHECK(list(tape.backward(sum(empty(x) + x))[x]) == Numbers(6, 1.0));
}

TEST_CASE("An op lives as long as the recording that it is in") {
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  std::optional<CustomOp> cube{make_cube()};
  const Var y = (*cube)(x);
  cube.reset();
  CHECK(y.value().at({0, 2}) == 27.0);
  CHECK(tape.backward(sum(y))[x].at({0, 2}) == 27.0);
}

TEST_CASE("A repeated step with a CustomOp records no new node") {
  const CustomOp cube = make_cube();
  Tape tape;
  std::size_t size = 0;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(Tensor::full({2, 3}, step + 1.0, DType::f64), "x");
    const Gradients g = tape.backward(sum(cube(x)));
    CHECK(g[x].at({1, 1}) == 3.0 * (step + 1.0) * (step + 1.0));
    if (step == 0) size = tape.size();
    CHECK(tape.size() == size);
  }
}

TEST_CASE("A gradient rule is asked again in each step, so that it may use what has changed") {
  double factor = 0.0;
  Tensor weights;
  Parameter w{"w", Tensor::from({1.0, 1.0, 1.0}, {3})};
  const auto steps = [&](const CustomOp& op, const auto& expected) {
    Tape tape;
    for (int step = 1; step < 5; ++step) {
      tape.rewind();
      factor = step;
      weights = Tensor::full({3}, 10.0 * step, DType::f64);
      w.assign(weights);
      const Var x = tape.variable(Tensor::full({3}, step, DType::f64), "x");
      const Var cost = sum(op(x));
      CHECK(tape.backward(cost)[x].at({1}) == expected(step));
      const Var dx = gradient(cost, x);  // over another stretch of the tape
      CHECK(dx.value().at({2}) == expected(step));
    }
  };
  SECTION("a number") {
    steps(cube_with([&](const CustomGradient& g) { return Vars{factor * g.dy()}; }), [](int step) { return step; });
  }
  SECTION("a tensor") {
    steps(cube_with([&](const CustomGradient& g) { return Vars{weights * g.dy()}; }),
          [](int step) { return 10.0 * step; });
  }
  SECTION("a parameter") {
    steps(cube_with([&](const CustomGradient& g) { return Vars{w * g.dy()}; }), [](int step) { return 10.0 * step; });
  }
  SECTION("a branch") {
    steps(cube_with([&](const CustomGradient& g) {
            return g.input(0).value().at({0}) == 3.0 ? Vars{-g.dy()} : Vars{2.0 * g.dy() * g.dy()};
          }),
          [](int step) { return step == 3 ? -1.0 : 2.0; });
  }
  SECTION("a branch that gives no gradient now and then") {
    Tape tape;
    const CustomOp op = cube_with([&](const CustomGradient& g) { return Vars{factor == 2.0 ? Var{} : g.dy()}; });
    for (const double number : {1.0, 2.0, 1.0, 2.0, 2.0, 1.0}) {
      tape.rewind();
      factor = number;
      const Var x = tape.variable(numbers(), "x");
      const Gradients g = tape.backward(sum(op(x)));
      CHECK(g.contains(x) == (number == 1.0));
    }
  }
}

TEST_CASE("A rule that throws in a later step leaves no trace, and is asked again") {
  bool fails = false;
  const CustomOp op = cube_with([&](const CustomGradient& g) {
    if (fails) throw std::runtime_error{"not today"};
    return Vars{2.0 * g.dy()};
  });
  Tape tape;
  for (const bool failing : {false, true, false}) {
    tape.rewind();
    const Var x = tape.variable(numbers(), "x");
    const Var cost = sum(op(x));
    const std::size_t size = tape.size();
    fails = failing;
    if (failing) {
      CHECK_THROWS_WITH(tape.backward(cost), "not today");
      CHECK(tape.size() == size);
      fails = false;
    }
    CHECK(tape.backward(cost)[x].at({0, 0}) == 2.0);
  }
}

TEST_CASE("A custom op needs a name and a value function") {
  CHECK_THROWS_AS(CustomOp({.name = "", .forward = cube_forward}), ValueError);
  CHECK_THROWS_WITH(CustomOp({.name = "", .forward = cube_forward}),
                    ContainsSubstring("CustomOp: needs a name\n  at custom_op_test.cpp:"));
  CHECK_THROWS_AS(CustomOp({.name = "cube", .forward = {}}), ValueError);
  CHECK_THROWS_WITH(CustomOp({.name = "cube", .forward = {}}),
                    ContainsSubstring("CustomOp: \"cube\" needs a forward function\n  at custom_op_test.cpp:"));
}

TEST_CASE("Operands of two shapes or two dtypes are refused and leave no trace") {
  const CustomOp both{{.name = "both", .forward = cube_forward}};
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(both(x, Tensor::from({1.0}, {1})), ShapeError);
  CHECK_THROWS_WITH(
      both(x, Tensor::from({1.0}, {1})),
      ContainsSubstring("both: operands must have the same shape unless CustomOpOptions::shape says what they "
                        "give, got (2, 3) and (1)\n  operand 1: variable \"x\" (2, 3)\n  operand 2: ") &&
          ContainsSubstring("\n  at custom_op_test.cpp:"));
  CHECK_THROWS_AS(both(x, Tensor::zeros({2, 3})), DTypeError);
  CHECK_THROWS_WITH(both(x, Tensor::zeros({2, 3})),
                    ContainsSubstring("both: operands must have the same dtype, got f64 and f32\n  operand 1: "));
  CHECK(tape.size() == size);
}

TEST_CASE("What the shape function throws passes through and leaves no trace") {
  const CustomOp op{{.name = "op", .forward = cube_forward, .shape = [](std::span<const Shape>) -> Shape {
                       throw std::runtime_error{"no such shape"};
                     }}};
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  CHECK_THROWS_WITH(op(x, Tensor::from({1.0}, {1})), "no such shape");
  CHECK(tape.size() == 1);
}

TEST_CASE("What the value function throws passes through, and the tape goes on") {
  bool fails = true;
  const CustomOp op{{.name = "op", .forward = [&](const CustomForward& f) {
                       if (fails) throw std::runtime_error{"not today"};
                       cube_forward(f);
                     }}};
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var x = tape.variable(numbers(), "x");
    fails = true;
    CHECK_THROWS_WITH(op(x).value(), "not today");
    CHECK(tanh(x).value().at({1, 1}) == 0.0);
    fails = false;
    CHECK(op(x).value().at({0, 2}) == 27.0);
    tape.rewind();
    CHECK(op(tape.variable(numbers(), "x")).value().at({0, 2}) == 27.0);
  }
}

TEST_CASE("The value function is told what there is when it asks for something else") {
  const auto op_with = [](std::function<void(const CustomForward&)> forward) {
    return CustomOp{{.name = "op", .forward = std::move(forward)}};
  };
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const CustomOp single = op_with([](const CustomForward& f) { (void)f.input<float>(0); });
  CHECK_THROWS_AS(single(x).value(), DTypeError);
  CHECK_THROWS_WITH(single(x).value(),
                    ContainsSubstring("op: elements of shape (2, 3) are f64, not f32\n  at custom_op_test.cpp:"));
  const CustomOp output = op_with([](const CustomForward& f) { (void)f.output<float>(); });
  CHECK_THROWS_AS(output(x).value(), DTypeError);
  const CustomOp second = op_with([](const CustomForward& f) { (void)f.input<double>(1); });
  CHECK_THROWS_AS(second(x).value(), IndexError);
  CHECK_THROWS_WITH(second(x).value(),
                    ContainsSubstring("op: there is no input 1, the op has 1\n  at custom_op_test.cpp:"));
}

TEST_CASE("A rule must give as many gradients as there are operands") {
  const CustomOp cube = cube_with([](const CustomGradient& g) { return Vars{g.dy(), g.dy()}; });
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const Var y = sum(cube(x));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(tape.backward(y), ValueError);
  CHECK_THROWS_WITH(tape.backward(y),
                    ContainsSubstring("cube: the gradient rule must give one Var an operand, empty where there is no "
                                      "gradient, got 2 for 1 operands\n  at custom_op_test.cpp:"));
  CHECK(tape.size() == size);
  CHECK(y.item() == Approx(1.0 - 8.0 + 27.0 + 0.125 - 1.0));
}

TEST_CASE("A rule that asks for gradients itself is refused") {
  const CustomOp cube = cube_with([](const CustomGradient& g) {
    return Vars{gradient(sum(g.input(0) * g.input(0) * g.input(0)), g.input(0)) * g.dy()};
  });
  Tape tape;
  const Var x = tape.variable(numbers(), "x");
  const Var cost = sum(cube(x));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(tape.backward(cost), ValueError);
  CHECK_THROWS_WITH(tape.backward(cost),
                    ContainsSubstring("gradient: must not be called within a gradient rule; write the rule with ops\n"
                                      "  y: (), recorded by sum at custom_op_test.cpp:"));
  CHECK(tape.size() == size);
  CHECK(tape.backward(sum(x * x))[x].at({0, 1}) == -4.0);
}

TEST_CASE("A rule must give gradients of the input's shape and dtype, from the same recording") {
  Tape tape;
  const auto refuse = [&](std::function<Vars(const CustomGradient&)> gradient) {
    tape.rewind();
    const CustomOp cube = cube_with(std::move(gradient));
    const Var x = tape.variable(numbers(), "x");
    (void)tape.backward(sum(cube(x)));
  };
  const auto wrong_shape = [](const CustomGradient& g) { return Vars{sum(g.dy(), {.axis = 1})}; };
  CHECK_THROWS_AS(refuse(wrong_shape), ShapeError);
  CHECK_THROWS_WITH(refuse(wrong_shape),
                    ContainsSubstring("cube: the gradient rule must give the shape of the input") &&
                        ContainsSubstring("(2)") && ContainsSubstring("variable \"x\" (2, 3)"));
  const auto scalar = [](const CustomGradient& g) { return Vars{sum(g.dy())}; };  // which would broadcast to it
  CHECK_THROWS_AS(refuse(scalar), ShapeError);
  CHECK_THROWS_WITH(refuse(scalar),
                    ContainsSubstring("the shape of the input, gave ()\n  input: variable \"x\" (2, 3)\n"));
  const auto larger = [](const CustomGradient& g) { return Vars{broadcast_to(g.dy(), {4, 2, 3})}; };
  CHECK_THROWS_AS(refuse(larger), ShapeError);
  const Var stale = tape.variable(numbers());
  CHECK_THROWS_AS(refuse([stale](const CustomGradient&) { return Vars{stale}; }), StaleVarError);
  Tape other;
  const Var foreign = other.variable(numbers());
  CHECK_THROWS_AS(refuse([foreign](const CustomGradient&) { return Vars{foreign}; }), ValueError);
  const auto no_input = [](const CustomGradient& g) { return Vars{g.input(1)}; };
  CHECK_THROWS_AS(refuse(no_input), IndexError);
  CHECK_THROWS_WITH(refuse(no_input),
                    ContainsSubstring("cube: there is no input 1, the op has 1\n  at custom_op_test.cpp:"));
}
